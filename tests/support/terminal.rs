//! A pseudo-terminal, in which a command runs as it does before a person.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    process::{Child, Command},
    sync::{Arc, Mutex},
    thread::JoinHandle,
};

use rustix::{
    fs::{Mode, OFlags, open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

use super::program::eventually;

/// A command in a terminal of its own: its stdin, stdout and stderr.
#[derive(Debug)]
pub(crate) struct Terminal {
    keyboard: File,
    printed: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
    child: Child,
}

impl Terminal {
    /// Starts a command in a terminal with so many columns, and 24 rows.
    pub(crate) fn start(mut command: Command, columns: u16) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let size = Winsize {
            ws_row: 24,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&slave, size).unwrap();
        let child = command
            .stdin(slave.try_clone().unwrap())
            .stdout(slave.try_clone().unwrap())
            .stderr(slave)
            .spawn()
            .unwrap();
        // It holds the other end open, and the terminal ends with the last who does.
        drop(command);
        let keyboard = File::from(master);
        let mut screen = keyboard.try_clone().unwrap();
        let printed: Arc<Mutex<Vec<u8>>> = Arc::default();
        let kept = Arc::clone(&printed);
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Linux answers EIO once nobody has the other end.
            while let Ok(n @ 1..) = screen.read(&mut bytes) {
                kept.lock().unwrap().extend_from_slice(&bytes[..n]);
            }
        });
        Self {
            keyboard,
            printed,
            reader,
            child,
        }
    }

    /// Presses keys, one after the other.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Forgets what was printed so far.
    pub(crate) fn clear(&self) {
        self.printed.lock().unwrap().clear();
    }

    /// All that was printed so far, with escape sequences and carriage returns as they are.
    pub(crate) fn printed(&self) -> String {
        String::from_utf8_lossy(&self.printed.lock().unwrap()).into_owned()
    }

    /// Waits until this was printed.
    pub(crate) async fn shows(&self, text: &str) {
        let shown = async || self.printed().contains(text).then_some(());
        eventually(&format!("the terminal shows {text:?}"), shown).await;
    }

    /// Waits for the end of the command; gives its exit code and its lines.
    pub(crate) fn finish(mut self) -> (i32, Vec<String>) {
        let code = self.child.wait().unwrap().code().unwrap();
        self.reader.join().unwrap();
        let text = String::from_utf8_lossy(&self.printed.lock().unwrap()).replace("\r\n", "\n");
        (code, text.lines().map(str::to_owned).collect())
    }
}
