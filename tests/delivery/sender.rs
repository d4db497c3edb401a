//! A process that sends, as the test controls it: it is given orders, answers, and is killed.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

use tokio::sync::mpsc;

use super::process::{MARK, VARIABLE, Work};

/// How long a process may take to obey an order. Only failures wait for so long.
pub(super) const DEADLINE: Duration = Duration::from_mins(1);

/// A running process.
#[derive(Debug)]
pub(super) struct Sender {
    child: Child,
    orders: ChildStdin,
    words: mpsc::UnboundedReceiver<String>,
    /// Its name in leases.
    pub(super) name: String,
}

impl Sender {
    /// Starts one; it sends from now on.
    pub(super) async fn start(work: &Work) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "delivery::process::a_process_that_sends",
                "--nocapture",
            ])
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

    /// Orders a publication, and waits until it is in the database.
    pub(super) async fn say(&mut self, number: usize) {
        self.order(&format!("say {number}"));
        assert_eq!(self.hear().await, "said");
    }

    /// Orders a publication up to the moment before its transaction is committed.
    pub(super) async fn begin_to_say(&mut self, number: usize) {
        self.order(&format!("hold {number}"));
        assert_eq!(self.hear().await, "held");
    }

    /// `kill -9`: no destructor runs, and no lease is given back.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it in order.
    pub(super) async fn stop(mut self) {
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
        // Only of a failed test: a process that was stopped or killed is gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
