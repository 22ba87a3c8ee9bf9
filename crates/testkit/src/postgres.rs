//! A PostgreSQL of the tests' own: made in a temporary directory, reached over a socket there and
//! over a free port of the loopback, gone when the program of the tests is gone. The system's
//! clusters are neither used nor looked at.

use std::{
    fs::Permissions,
    io::{self, BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use tempfile::TempDir;

/// Majors that are looked for, the first one wins. 15 is Debian 12's and what the figures in docs/
/// were measured on.
const MAJORS: [u32; 4] = [15, 16, 17, 18];
/// A free port may be taken between the question and the start.
const PORT_TRIES: usize = 5;
/// Looks, each by a program of its own, before a server counts as deaf.
const RELOAD_LOOKS: usize = 200;
/// The role that owns the databases; no superuser, as in production.
const ROLE: &str = "tael";
/// Whom the server runs as when the tests run as root, which `initdb` refuses.
const SYSTEM_USER: &str = "postgres";

/// Starts the server, says so, and waits until its own standard input closes, which happens when
/// the program of the tests ends in whatever way. Signals meant for the tests do not reach it.
const WARDEN: &str = r#"trap '' INT TERM HUP
bin="$1"; place="$2"; port="$3"; shift 3
"$bin/pg_ctl" start -w -t 60 -s -D "$place/data" -l "$place/log" -o "-p $port $*" || exit 1
echo ready
cat >/dev/null
"$bin/pg_ctl" stop -w -s -m immediate -D "$place/data"
rm -rf "$place"
"#;

/// How carefully a server keeps what it committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Commits survive the death of the server but not of the machine: for tests, which cut no
    /// power here.
    Process,
    /// Commits wait for the disk: for figures.
    Disk,
}

/// A running server.
#[derive(Debug)]
pub struct Postgres {
    place: TempDir,
    bin: PathBuf,
    port: u16,
    databases: AtomicU32,
    warden: Child,
}

/// One database on it, with a role that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    pub name: String,
    pub port: u16,
}

impl Database {
    /// Where a client connects to.
    pub fn url(&self) -> String {
        self.url_at(self.port)
    }

    /// The same database through a proxy on another port of the loopback.
    pub fn url_at(&self, port: u16) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{port}/{}", self.name)
    }
}

impl Postgres {
    /// The server that all tests of this program share; each takes a database of its own.
    ///
    /// # Panics
    /// If PostgreSQL is not installed or does not start.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| {
            Self::start(Durability::Process).expect("PostgreSQL is installed and starts")
        })
    }

    /// Makes a cluster and starts it; takes about two seconds.
    pub fn start(durability: Durability) -> io::Result<Self> {
        let bin = programs()?;
        let place = crate::scratch("postgres");
        if crate::is_root() {
            run(Command::new("chown").arg(SYSTEM_USER).arg(place.path()))?;
        }
        let data = place.path().join("data");
        let mut initdb = unprivileged(&bin.join("initdb"));
        initdb
            .arg("--pgdata")
            .arg(&data)
            .args(["--username", SYSTEM_USER, "--auth", "trust"])
            .args(["--encoding", "UTF8", "--locale", "C"])
            .args(["--no-sync", "--data-checksums"]);
        run(&mut initdb)?;
        let mut failure = io::Error::other("no port is free");
        for _ in 0..PORT_TRIES {
            let port = free_port()?;
            match watch_over(&bin, place.path(), port, durability) {
                Ok(warden) => {
                    let server = Self {
                        place,
                        bin,
                        port,
                        databases: AtomicU32::new(0),
                        warden,
                    };
                    server.ask("postgres", &format!("CREATE ROLE {ROLE} LOGIN"))?;
                    return Ok(server);
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// An empty database with a name that no other has.
    pub fn create_database(&self) -> io::Result<Database> {
        let number = self.databases.fetch_add(1, Ordering::SeqCst);
        let name = format!("tael_{number}");
        self.ask(
            "postgres",
            &format!("CREATE DATABASE {name} OWNER {ROLE} TEMPLATE template0"),
        )?;
        let port = self.port;
        Ok(Database { name, port })
    }

    /// Removes a database that is not needed any more, whoever is connected.
    pub fn drop_database(&self, database: &Database) -> io::Result<()> {
        let sql = format!("DROP DATABASE {} WITH (FORCE)", database.name);
        self.ask("postgres", &sql).map(drop)
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The directory of its socket.
    pub fn socket(&self) -> &Path {
        self.place.path()
    }

    /// Where `pgbench`, `pg_dump` and the others are.
    pub fn programs(&self) -> &Path {
        &self.bin
    }

    /// From now on nobody comes in over the network but encrypted, under this certificate and its
    /// key, both PEM.
    pub fn encrypt(&self, certificate: &str, key: &str) -> io::Result<()> {
        let data = self.place.path().join("data");
        let access = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n";
        for (name, text) in [
            ("server.crt", certificate),
            ("server.key", key),
            ("pg_hba.conf", access),
        ] {
            let path = data.join(name);
            std::fs::write(&path, text)?;
            std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            if crate::is_root() {
                run(Command::new("chown").arg(SYSTEM_USER).arg(&path))?;
            }
        }
        self.ask("postgres", "ALTER SYSTEM SET ssl = on")?;
        self.ask("postgres", "SELECT pg_reload_conf()")?;
        // The server hears it after it has answered.
        for _ in 0..RELOAD_LOOKS {
            if self.ask("postgres", "SHOW ssl")?.trim() == "on" {
                return Ok(());
            }
        }
        Err(io::Error::other("the server did not take the certificate"))
    }

    /// Runs SQL as the superuser; the answer is what `psql` prints, without headings.
    pub fn ask(&self, database: &str, sql: &str) -> io::Result<String> {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1"])
            .args(["--username", SYSTEM_USER, "--dbname", database])
            .args(["--port", &self.port.to_string(), "--command", sql])
            .arg("--host")
            .arg(self.place.path());
        run(&mut psql)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.warden.stdin.take());
        let _ended = self.warden.wait();
    }
}

/// Starts a warden and with it the server.
fn watch_over(bin: &Path, place: &Path, port: u16, durability: Durability) -> io::Result<Child> {
    let mut settings = vec![
        format!("-k {}", place.display()),
        "-c listen_addresses=127.0.0.1".to_owned(),
        "-c max_connections=200".to_owned(),
        "-c shared_buffers=64MB".to_owned(),
        "-c wal_level=replica".to_owned(),
    ];
    if durability == Durability::Process {
        settings.extend(["-c fsync=off", "-c full_page_writes=off"].map(str::to_owned));
    }
    let mut warden = unprivileged(Path::new("/bin/sh"))
        .args(["-c", WARDEN, "warden"])
        .arg(bin)
        .arg(place)
        .arg(port.to_string())
        .args(settings)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let said = warden.stdout.take().map(BufReader::new);
    let mut line = String::new();
    if let Some(mut said) = said {
        said.read_line(&mut line)?;
    }
    if line.trim() == "ready" {
        return Ok(warden);
    }
    warden.wait()?;
    let why = std::fs::read_to_string(place.join("log")).unwrap_or_default();
    Err(io::Error::other(format!(
        "PostgreSQL did not start:\n{why}"
    )))
}

/// A command that is not root: `initdb` and `postgres` refuse to be.
pub(crate) fn unprivileged(program: &Path) -> Command {
    if !crate::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={SYSTEM_USER}"))
        .arg(format!("--regid={SYSTEM_USER}"))
        .arg("--init-groups")
        .arg(program)
        .current_dir("/");
    command
}

/// Where Debian puts the programs of a version, or where `pg_config` says.
pub(crate) fn programs() -> io::Result<PathBuf> {
    let debian = MAJORS.map(|major| PathBuf::from(format!("/usr/lib/postgresql/{major}/bin")));
    if let Some(found) = debian.into_iter().find(|bin| bin.join("initdb").exists()) {
        return Ok(found);
    }
    let said = run(Command::new("pg_config").arg("--bindir"));
    said.map(|bin| PathBuf::from(bin.trim())).map_err(|_| {
        io::Error::other("PostgreSQL is not installed: scripts/test.sh does it on Debian")
    })
}

/// A port of the loopback that nobody listens on now.
pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Runs a command to its end; its output, or what it complained about.
pub(crate) fn run(command: &mut Command) -> io::Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    let complained = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{command:?}: {said}{complained}")))
}
