//! The lingering close of a connection (RFC 9112, section 9.6).
//!
//! A request is often answered before its body was read: it is too large, unsigned or one too many. A socket that is
//! closed with unread bytes resets the connection, and then the client may lose the response. So the sending half is
//! closed first, and what still arrives is read and thrown away.

use std::{
    future::Future as _,
    io::{self, IoSlice},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// The most bytes that are thrown away, four of the largest bodies that an inbox takes by default.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// How long they may take.
const MOST_TIME: Duration = Duration::from_secs(2);

/// A stream whose shutdown lingers.
#[derive(Debug)]
pub(super) struct LingeringClose<S> {
    stream: S,
    /// How many bytes are still thrown away.
    left: usize,
    max_time: Duration,
    /// Runs once the sending half is closed.
    time: Option<Pin<Box<Sleep>>>,
}

impl<S> LingeringClose<S> {
    pub(super) fn of(stream: S) -> Self {
        Self {
            stream,
            left: MOST_BYTES,
            max_time: MOST_TIME,
            time: None,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for LingeringClose<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        pin!(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for LingeringClose<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        pin!(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        pin!(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        pin!(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.time.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        }
        let max_time = this.max_time;
        let time = this.time.get_or_insert_with(|| Box::pin(sleep(max_time)));
        let mut chunk = [0; 16 * 1024];
        while this.left > 0 && time.as_mut().poll(cx).is_pending() {
            let mut unread = ReadBuf::new(&mut chunk);
            match ready!(Pin::new(&mut this.stream).poll_read(cx, &mut unread)) {
                Ok(()) if !unread.filled().is_empty() => {
                    this.left = this.left.saturating_sub(unread.filled().len());
                }
                // The other side has closed the connection, or lost it.
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn what_still_arrives_is_read_until_the_other_side_is_done() {
        let (ours, mut theirs) = duplex(1024);
        let closing = tokio::spawn(async move { LingeringClose::of(ours).shutdown().await });
        let mut response = Vec::new();
        theirs.read_to_end(&mut response).await.unwrap();
        theirs.write_all(&vec![b'x'; 100_000]).await.unwrap();
        assert!(!closing.is_finished());
        theirs.shutdown().await.unwrap();
        closing.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn bytes_and_time_are_bounded() {
        let (ours, mut theirs) = duplex(1024);
        let closing = tokio::spawn(async move {
            let max_time = Duration::from_mins(10);
            let mut ours = LingeringClose {
                max_time,
                ..LingeringClose::of(ours)
            };
            ours.shutdown().await
        });
        while theirs.write_all(&[b'x'; 4096]).await.is_ok() {}
        closing.await.unwrap().unwrap();

        let (ours, _silent) = duplex(1024);
        let max_time = Duration::from_millis(20);
        let mut ours = LingeringClose {
            max_time,
            ..LingeringClose::of(ours)
        };
        ours.shutdown().await.unwrap();
    }
}
