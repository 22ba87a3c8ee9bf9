//! A server in a process of its own, for benchmarks and for tests that kill it.

use std::{
    io::{self, BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// How long a start may take, replay of the tail included.
const START_LIMIT: Duration = Duration::from_secs(60);

/// What to start.
#[derive(Clone, Debug)]
pub struct Launch {
    /// A command that starts the program, such as a tracer; empty starts it directly.
    pub wrapper: Vec<String>,
    /// The binary `tael`.
    pub program: PathBuf,
    pub data: PathBuf,
    /// Further flags of `serve`.
    pub flags: Vec<String>,
    /// Environment variables set for it.
    pub variables: Vec<(String, String)>,
    mode: Option<&'static str>,
}

impl Launch {
    pub fn new(program: impl Into<PathBuf>, data: impl Into<PathBuf>) -> Self {
        Self {
            wrapper: Vec::new(),
            program: program.into(),
            data: data.into(),
            flags: Vec::new(),
            variables: Vec::new(),
            mode: Some("--sandbox"),
        }
    }

    /// Lets another command start the program; that command must become it, so that signals and
    /// exit status are its own.
    #[must_use]
    pub fn wrapped(mut self, wrapper: impl IntoIterator<Item = String>) -> Self {
        self.wrapper.extend(wrapper);
        self
    }

    #[must_use]
    pub fn flag(mut self, name: &str, value: &str) -> Self {
        self.flags.extend([name.to_owned(), value.to_owned()]);
        self
    }

    /// With real people instead of play money.
    #[must_use]
    pub fn in_production(mut self) -> Self {
        self.mode = None;
        self
    }

    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it, usually in sandbox mode, on a free port and waits until it serves.
    pub fn start(&self) -> io::Result<Process> {
        let mut command = match self.wrapper.split_first() {
            None => Command::new(&self.program),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(&self.program);
                command
            }
        };
        command
            .arg("serve")
            .args(self.mode)
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(&self.data)
            .args(&self.flags)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let mut lines = Lines::of(&mut child);
        match lines.address(START_LIMIT) {
            Ok(address) => Ok(Process {
                child,
                address,
                lines,
            }),
            Err(error) => {
                let _ended = child.kill();
                let _status = child.wait();
                Err(error)
            }
        }
    }

    /// Runs the replay of everything; the output and whether it was clean.
    pub fn check(&self) -> io::Result<(String, bool)> {
        let output = Command::new(&self.program)
            .arg("check")
            .arg("--data")
            .arg(&self.data)
            .output()?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok((text, output.status.success()))
    }
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    address: SocketAddr,
    lines: Lines,
}

impl Process {
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        self.child.wait()
    }

    /// Asks it to stop.
    pub fn request_stop(&self) -> io::Result<()> {
        let raw = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let pid = raw.ok_or_else(|| io::Error::other("a process has an id above zero"))?;
        Ok(kill_process(pid, Signal::TERM)?)
    }

    /// Asks it to stop and waits for its end, at most `limit`.
    pub fn stop(mut self, limit: Duration) -> io::Result<ExitStatus> {
        self.request_stop()?;
        self.wait(limit)?
            .ok_or_else(|| io::Error::other("the server did not stop in time"))
    }

    /// Waits until it ends by itself, at most `limit`; `None` if it still runs.
    pub fn wait(&mut self, limit: Duration) -> io::Result<Option<ExitStatus>> {
        if self.lines.wait_for_end(limit) {
            self.child.wait().map(Some)
        } else {
            Ok(None)
        }
    }

    /// What it has printed so far and was not asked for yet.
    pub fn output(&mut self) -> String {
        self.lines.drain()
    }

    /// Bytes this process has caused to be written to disk.
    pub fn bytes_written(&self) -> io::Result<u64> {
        bytes_written(&format!("/proc/{}/io", self.id()))
    }

    /// The most memory it has held, in KiB.
    pub fn peak_memory(&self) -> io::Result<u64> {
        peak_memory(&format!("/proc/{}/status", self.id()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// The lines of both outputs, read by threads so that the pipes never fill.
#[derive(Debug)]
struct Lines {
    coming: mpsc::Receiver<String>,
    seen: Vec<String>,
}

impl Lines {
    fn of(child: &mut Child) -> Self {
        let (sender, coming) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            forward(stdout, sender.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            forward(stderr, sender);
        }
        Self {
            coming,
            seen: Vec::new(),
        }
    }

    /// The address in the line that says that the server serves.
    fn address(&mut self, limit: Duration) -> io::Result<SocketAddr> {
        let started = Instant::now();
        while let Some(left) = limit.checked_sub(started.elapsed()) {
            let Ok(line) = self.coming.recv_timeout(left) else {
                break;
            };
            let address = address_in(&line);
            self.seen.push(line);
            if let Some(address) = address {
                return Ok(address);
            }
        }
        Err(io::Error::other(format!(
            "the server did not start:\n{}",
            self.drain()
        )))
    }

    /// True once both outputs are closed, which an exit does; false after `limit`.
    fn wait_for_end(&mut self, limit: Duration) -> bool {
        let started = Instant::now();
        while let Some(left) = limit.checked_sub(started.elapsed()) {
            match self.coming.recv_timeout(left) {
                Ok(line) => self.seen.push(line),
                Err(mpsc::RecvTimeoutError::Disconnected) => return true,
                Err(mpsc::RecvTimeoutError::Timeout) => return false,
            }
        }
        false
    }

    fn drain(&mut self) -> String {
        self.seen.extend(self.coming.try_iter());
        std::mem::take(&mut self.seen).join("\n")
    }
}

fn forward(pipe: impl io::Read + Send + 'static, sender: mpsc::Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
}

/// Reads the address of `http://127.0.0.1:8080` or `https://…` out of a line that announces it.
fn address_in(line: &str) -> Option<SocketAddr> {
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| Some(line.split_once(scheme)?.1))?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':'));
    rest[..end.unwrap_or(rest.len())].parse().ok()
}

/// Bytes a process has caused to be written to disk, from its `/proc/…/io`.
pub fn bytes_written(path: &str) -> io::Result<u64> {
    number_after(path, "write_bytes:")
}

/// The most memory a process has held, in KiB, from its `/proc/…/status`.
pub fn peak_memory(path: &str) -> io::Result<u64> {
    number_after(path, "VmHWM:")
}

fn number_after(path: &str, label: &str) -> io::Result<u64> {
    let text = std::fs::read_to_string(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix(label));
    line.and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| io::Error::other(format!("{path} has no {label}")))
}

/// Bytes of all files below a directory.
pub fn bytes_on_disk(directory: &Path) -> io::Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let data = entry.metadata()?;
        total += if data.is_dir() {
            bytes_on_disk(&entry.path())?
        } else {
            data.len()
        };
    }
    Ok(total)
}
