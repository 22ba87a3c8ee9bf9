use std::{
    io::{self, BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// Starts a program, says its number, and kills it, and the server whose number stands in a file,
/// when its own standard input closes. That happens however the program of the tests ends.
const SCRIPT: &str = r#"trap '' INT TERM HUP
log="$1"; pidfile="$2"; shift 2
"$@" >>"$log" 2>&1 &
pid=$!
echo "$pid"
cat >/dev/null
kill -9 "$pid" 2>/dev/null
server=$(head -n 1 "$pidfile" 2>/dev/null)
[ -n "$server" ] && kill -9 "$server" 2>/dev/null
wait
"#;

/// A child that does not outlive the tests.
#[derive(Debug)]
pub(super) struct Warden {
    shell: Child,
    pid: i32,
}

impl Warden {
    /// `shell` is the command of a shell, as the user that the program shall be.
    pub(super) fn start(
        mut shell: Command,
        log: &Path,
        pidfile: &Path,
        program: &[&Path],
    ) -> io::Result<Self> {
        let mut shell = shell
            .args(["-c", SCRIPT, "warden"])
            .arg(log)
            .arg(pidfile)
            .args(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        if let Some(said) = shell.stdout.take() {
            BufReader::new(said).read_line(&mut line)?;
        }
        let pid = line
            .trim()
            .parse()
            .map_err(|_| io::Error::other(format!("{} does not start", program[0].display())))?;
        Ok(Self { shell, pid })
    }

    /// The number of the program.
    pub(super) const fn pid(&self) -> i32 {
        self.pid
    }

    /// Whether the program still runs; a zombie does not.
    pub(super) fn is_running(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid));
        stat.is_ok_and(|stat| {
            !stat
                .rsplit(") ")
                .next()
                .is_some_and(|rest| rest.starts_with('Z'))
        })
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ended = self.shell.wait();
    }
}
