//! A process that sends, as the test sees it: it is told, heard, and killed.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

use tokio::sync::mpsc;

use crate::child::{MARK, VARIABLE, Work};

/// How long a process may take for anything that it is told. Only failures wait for so long.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// A running process.
#[derive(Debug)]
pub(crate) struct Sender {
    child: Child,
    orders: ChildStdin,
    words: mpsc::UnboundedReceiver<String>,
    /// Its name in leases.
    pub(crate) name: String,
}

impl Sender {
    /// Starts one; it sends from now on.
    pub(crate) async fn start(work: &Work) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child::a_process_that_sends", "--nocapture"])
            .env(VARIABLE, serde_json::to_string(work).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (orders, words) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (speak, words_said) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in BufReader::new(words).lines().map_while(Result::ok) {
                if let Some(word) = line.strip_prefix(MARK) {
                    speak.send(word.to_owned()).ok();
                }
            }
        });
        let mut sender = Self {
            child,
            orders,
            words: words_said,
            name: String::new(),
        };
        sender.name = sender.hear().await;
        sender
    }

    /// Says a statement, and waits until it is in the database.
    pub(crate) async fn say(&mut self, number: usize) {
        self.order(&format!("say {number}"));
        assert_eq!(self.hear().await, "said");
    }

    /// Says a statement up to the moment before its transaction is committed.
    pub(crate) async fn begin_to_say(&mut self, number: usize) {
        self.order(&format!("hold {number}"));
        assert_eq!(self.hear().await, "held");
    }

    /// `kill -9`: no destructor runs, nothing is given back.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it in order.
    pub(crate) async fn stop(mut self) {
        self.order("stop");
        assert_eq!(self.hear().await, "stopped");
        assert!(self.child.wait().unwrap().success());
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
    }

    async fn hear(&mut self) -> String {
        let word = tokio::time::timeout(DEADLINE, self.words.recv()).await;
        word.expect("an answer in time").expect("an answer")
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        // Of a test that failed; one that was stopped or killed is gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
