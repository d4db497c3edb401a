//! What a service manager is told: that the server is ready, that it lives, that it stops.
//!
//! systemd names a socket in `NOTIFY_SOCKET` and takes one datagram for each message (`sd_notify(3)`,
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>). Without the variable nobody listens, and
//! nothing is sent.

use std::{
    ffi::OsStr,
    io,
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            ffi::OsStrExt as _,
            net::{SocketAddr, UnixDatagram},
        },
    },
};

/// The service manager that started this process, if any.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServiceManager(Option<SocketAddr>);

impl ServiceManager {
    /// The one that listens at this socket: a path, or a name in the abstract namespace that begins with `@`.
    ///
    /// # Errors
    /// When no socket can have this name.
    pub(crate) fn at(socket: Option<&OsStr>) -> io::Result<Self> {
        let socket = socket.map(OsStr::as_bytes).filter(|name| !name.is_empty());
        let address = socket.map(|name| match name.strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name),
            None => SocketAddr::from_pathname(OsStr::from_bytes(name)),
        });
        Ok(Self(address.transpose()?))
    }

    /// The server takes requests.
    pub(super) fn ready(&self) {
        self.tell("READY=1");
    }

    /// The server did its work a moment ago: one that says so too rarely is started again (`WatchdogSec=`).
    pub(super) fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// The server was told to stop, and finishes what is under way.
    pub(super) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    fn tell(&self, message: &str) {
        let Some(address) = &self.0 else { return };
        let sent = UnixDatagram::unbound()
            .and_then(|socket| socket.send_to_addr(message.as_bytes(), address));
        if let Err(error) = sent {
            tracing::warn!(%error, message, "the service manager does not listen");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;

    #[test]
    fn a_socket_without_a_file_is_told_too() {
        let abstract_name = format!("undersigned-{}", std::process::id());
        let name = format!("@{abstract_name}");
        let address = SocketAddr::from_abstract_name(&abstract_name).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        ServiceManager::at(Some(OsStr::new(&name))).unwrap().ready();
        let mut bytes = [0; 16];
        let n = socket.recv(&mut bytes).unwrap();
        assert_eq!(&bytes[..n], b"READY=1");
        // Nobody listens, and nothing happens.
        for nobody in [None, Some(OsStr::new(""))] {
            ServiceManager::at(nobody).unwrap().ready();
        }
    }
}
