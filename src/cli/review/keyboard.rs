//! Single keys from a terminal, without Enter.

use std::{
    collections::VecDeque,
    io::{Read as _, stdin},
};

use anyhow::Context as _;
use rustix::termios::{
    OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcgetwinsize, tcsetattr,
};

/// The columns of a terminal that does not tell.
const COLUMNS: usize = 80;

/// The terminal's keyboard; when it is dropped, the terminal is as it was.
#[derive(Debug)]
pub(super) struct Keyboard {
    before: Termios,
    typed: VecDeque<char>,
}

impl Keyboard {
    /// Takes keys one by one, without showing them.
    pub(super) fn open() -> anyhow::Result<Self> {
        let before = tcgetattr(stdin()).context("cannot read how the terminal is set")?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(stdin(), OptionalActions::Now, &raw).context("cannot read single keys")?;
        Ok(Self {
            before,
            typed: VecDeque::new(),
        })
    }

    /// The next key; `None` once the terminal is closed. Keys that are no letter (arrows, functions) are left out.
    pub(super) async fn key(&mut self) -> anyhow::Result<Option<char>> {
        loop {
            if let Some(key) = self.typed.pop_front() {
                return Ok(Some(key));
            }
            let read = tokio::task::spawn_blocking(|| {
                // As large as the buffer of `stdin`, which is passed by then: nothing stays in it unseen.
                let mut bytes = vec![0; 8192];
                let n = stdin().lock().read(&mut bytes)?;
                bytes.truncate(n);
                std::io::Result::Ok(bytes)
            });
            let bytes = read.await??;
            if bytes.is_empty() {
                return Ok(None);
            }
            // An escape sequence is a key that is none of ours, and its letters are no keys.
            if bytes.first() != Some(&0x1b) {
                self.typed.extend(String::from_utf8_lossy(&bytes).chars());
            }
        }
    }

    /// Forgets keys that were typed ahead.
    pub(super) fn forget_typed_ahead(&mut self) -> anyhow::Result<()> {
        self.typed.clear();
        tcflush(stdin(), QueueSelector::IFlush)?;
        Ok(())
    }
}

/// How wide the terminal is now.
pub(super) fn columns() -> usize {
    match tcgetwinsize(stdin()) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col),
        Ok(_) | Err(_) => COLUMNS,
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        // There is nobody left to tell.
        tcsetattr(stdin(), OptionalActions::Now, &self.before).ok();
    }
}
