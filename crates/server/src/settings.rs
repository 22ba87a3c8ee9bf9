//! Settings: flags, then `TAEL_*` variables, then `tael.toml`, then defaults. Read once, here.

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use payments::limits::Preset;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::Deserialize;
use vocab::Currency;

use crate::{
    cli::{DataArgs, MessageArgs, NetworkArgs, PasswordArgs, ServeArgs, TuningArgs},
    data_dir::Mode,
    failure::Failure,
    gateways::{Gateways, SmsFile, SmtpFile},
    network::Network,
    passwords::Passwords,
    strangers::Strangers,
};

const DEFAULT_DATA: &str = "tael-data";
const DEFAULT_FILE: &str = "tael.toml";
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
const DEFAULT_LOG: &str = "info";
const DEFAULT_HEADER_TIMEOUT: u64 = 10;
const DEFAULT_MAX_CONNECTIONS: u32 = 4_096;

/// File descriptors that connections leave to the store, the log and the workers.
const RESERVED_FILES: u64 = 512;

/// How a server runs.
#[derive(Clone, Debug)]
pub struct Settings {
    pub data: PathBuf,
    /// The address of a database server, if the store is not in the data directory. It holds a
    /// secret.
    pub database: Option<db::Server>,
    pub listen: SocketAddr,
    pub mode: Mode,
    pub demo: bool,
    /// The currency of a person's first account.
    pub default_currency: Currency,
    /// The rule book of limits.
    pub limits: Preset,
    /// Where people reach the server, if that is not the listening address.
    pub public_url: Option<String>,
    pub header_timeout: Duration,
    /// Connections served at a time.
    pub max_connections: u32,
    /// Bytes that must stay free on the disk; if not given, the store's own choice.
    pub disk_reserve: Option<u64>,
    /// Records whose projections may wait in memory, if not the books' own choice.
    pub tail_records: Option<u32>,
    /// What stands before the server.
    pub network: Network,
    /// What is asked of passwords.
    pub passwords: Passwords,
    /// What strangers may have sent.
    pub strangers: Strangers,
    /// How messages leave.
    pub gateways: Gateways,
    /// A filter in the syntax of `tracing`.
    pub log: String,
}

impl Settings {
    /// Joins the sources and checks each value.
    pub fn read(args: &ServeArgs) -> Result<Self, Failure> {
        let file = File::read(args.data.config.as_deref())?;
        let mut database = database_of(args.database.as_ref(), &file)?;
        let isolation = isolation(args.isolation.as_deref().or(file.isolation.as_deref()))?;
        if let Some(server) = &mut database {
            server.isolation = isolation;
        }
        let sandbox = args.sandbox.or(file.sandbox).unwrap_or(false);
        let demo = args.demo.or(file.demo).unwrap_or(false);
        if demo && !sandbox {
            return Err(Failure::used_wrongly(
                "--demo makes people with play money, so it needs --sandbox",
            ));
        }
        let listen = args.listen.or(file.listen).unwrap_or(DEFAULT_LISTEN);
        let public_url = args.public_url.clone().or_else(|| file.public_url.clone());
        if let Some(url) = &public_url {
            check_public_url(url)?;
        }
        let network = Network::join(&args.network, &file.network())?;
        refuse_redirect_to_nowhere(&network, public_url.as_deref())?;
        let tuning = Tuning::join(&args.tuning, &file)?;
        Ok(Self {
            data: data_dir(&args.data, &file),
            database,
            listen,
            mode: if sandbox {
                Mode::Sandbox
            } else {
                Mode::Production
            },
            demo,
            default_currency: currency(
                args.default_currency
                    .as_deref()
                    .or(file.default_currency.as_deref()),
            )?,
            limits: preset(args.limits.as_deref().or(file.limits.as_deref()))?,
            public_url,
            header_timeout: tuning.header_timeout,
            max_connections: tuning.max_connections,
            disk_reserve: tuning.disk_reserve,
            tail_records: tuning.tail_records,
            network,
            passwords: Passwords::join(&args.passwords, &file.passwords())?,
            strangers: Strangers::join(&args.messages, file.messages())?,
            gateways: Gateways {
                smtp: file.smtp,
                sms: file.sms,
            },
            log: args
                .tuning
                .log
                .clone()
                .or(file.log)
                .unwrap_or_else(|| DEFAULT_LOG.to_owned()),
        })
    }
}

/// The data directory for the commands that need nothing else.
pub fn data_of(args: &DataArgs) -> Result<PathBuf, Failure> {
    let file = File::read(args.config.as_deref())?;
    Ok(data_dir(args, &file))
}

fn data_dir(args: &DataArgs, file: &File) -> PathBuf {
    args.data
        .clone()
        .or_else(|| file.data.clone())
        .unwrap_or_else(|| DEFAULT_DATA.into())
}

/// What `tael.toml` may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    sandbox: Option<bool>,
    demo: Option<bool>,
    database: Option<String>,
    isolation: Option<String>,
    default_currency: Option<String>,
    limits: Option<String>,
    public_url: Option<String>,
    header_timeout: Option<u64>,
    max_connections: Option<u32>,
    disk_reserve: Option<u64>,
    tail_records: Option<u32>,
    #[serde(default)]
    trusted_proxy: Vec<String>,
    forwarded_header: Option<String>,
    max_connections_per_address: Option<u32>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    redirect_listen: Option<SocketAddr>,
    operators_listen: Option<SocketAddr>,
    password_rules: Option<String>,
    password_rotation: Option<String>,
    password_age: Option<u32>,
    leaked_passwords: Option<PathBuf>,
    countries: Option<Vec<String>>,
    sms_per_hour: Option<u32>,
    sms_per_day: Option<u32>,
    proof_of_work: Option<u8>,
    log: Option<String>,
    smtp: Option<SmtpFile>,
    #[serde(default)]
    sms: Vec<SmsFile>,
}

impl File {
    fn passwords(&self) -> PasswordArgs {
        PasswordArgs {
            password_rules: self.password_rules.clone(),
            password_rotation: self.password_rotation.clone(),
            password_age: self.password_age,
            leaked_passwords: self.leaked_passwords.clone(),
        }
    }

    fn network(&self) -> NetworkArgs {
        NetworkArgs {
            trusted_proxy: self.trusted_proxy.clone(),
            forwarded_header: self.forwarded_header.clone(),
            max_connections_per_address: self.max_connections_per_address,
            tls_cert: self.tls_cert.clone(),
            tls_key: self.tls_key.clone(),
            redirect_listen: self.redirect_listen,
            operators_listen: self.operators_listen,
        }
    }

    fn messages(&self) -> MessageArgs {
        MessageArgs {
            countries: self.countries.clone(),
            sms_per_hour: self.sms_per_hour,
            sms_per_day: self.sms_per_day,
            proof_of_work: self.proof_of_work,
        }
    }

    /// Reads the named file, which must exist, or else the usual one, which need not.
    fn read(named: Option<&Path>) -> Result<Self, Failure> {
        let path = named.unwrap_or_else(|| Path::new(DEFAULT_FILE));
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(error) => Err(Failure::used_wrongly(format!(
                "the settings file {} cannot be read: {error}",
                path.display()
            ))),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().map_or("", |span| &text[..span.start]);
            Failure::used_wrongly(format!(
                "{}, line {}: {}",
                path.display(),
                before.lines().count().max(1) + usize::from(before.ends_with('\n')),
                error.message()
            ))
        })
    }
}

struct Tuning {
    header_timeout: Duration,
    max_connections: u32,
    disk_reserve: Option<u64>,
    tail_records: Option<u32>,
}

impl Tuning {
    fn join(args: &TuningArgs, file: &File) -> Result<Self, Failure> {
        let header_timeout = args
            .header_timeout
            .or(file.header_timeout)
            .unwrap_or(DEFAULT_HEADER_TIMEOUT);
        if !(1..=120).contains(&header_timeout) {
            return Err(Failure::used_wrongly(
                "--header-timeout must be 1 to 120 seconds",
            ));
        }
        let asked = args.max_connections.or(file.max_connections);
        let reserve = args.disk_reserve.or(file.disk_reserve);
        Ok(Self {
            header_timeout: Duration::from_secs(header_timeout),
            max_connections: connections(asked, open_file_limit())?,
            disk_reserve: reserve.map(|mib| mib.saturating_mul(1024 * 1024)),
            tail_records: args.tail_records.or(file.tail_records),
        })
    }
}

/// As many connections as asked for, if the file limit allows; the default fits itself to it.
fn connections(asked: Option<u32>, files: u64) -> Result<u32, Failure> {
    let possible = u32::try_from(files.saturating_sub(RESERVED_FILES)).unwrap_or(u32::MAX);
    match asked {
        None if possible == 0 => Err(Failure::used_wrongly(format!(
            "the limit of {files} open files leaves none for connections: raise it with `ulimit -n \
             4096`"
        ))),
        None => Ok(possible.min(DEFAULT_MAX_CONNECTIONS)),
        Some(0) => Err(Failure::used_wrongly(
            "--max-connections must be at least 1",
        )),
        Some(asked) if asked > possible => Err(Failure::used_wrongly(format!(
            "--max-connections {asked} needs a limit of {} open files, but it is {files}: raise it \
             with `ulimit -n` or ask for fewer",
            u64::from(asked) + RESERVED_FILES
        ))),
        Some(asked) => Ok(asked),
    }
}

/// The process's limit on open files, after raising it as far as it may go.
fn open_file_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let limit = if setrlimit(Resource::Nofile, raised).is_ok() {
        raised
    } else {
        limit
    };
    limit.current.unwrap_or(u64::MAX)
}

/// A level of isolation by its name.
pub(crate) fn isolation(name: Option<&str>) -> Result<db::Isolation, Failure> {
    let Some(name) = name else {
        return Ok(db::Isolation::default());
    };
    let mut all = db::Isolation::ALL.into_iter();
    all.find(|level| level.name() == name).ok_or_else(|| {
        let names = db::Isolation::ALL.map(db::Isolation::name).join(", ");
        Failure::used_wrongly(format!("--isolation {name} is none of {names}"))
    })
}

/// The database of a command, from its flag or the settings file.
pub fn database(flag: Option<&String>, args: &DataArgs) -> Result<Option<db::Server>, Failure> {
    database_of(flag, &File::read(args.config.as_deref())?)
}

fn database_of(flag: Option<&String>, file: &File) -> Result<Option<db::Server>, Failure> {
    match flag.or(file.database.as_ref()) {
        None => Ok(None),
        Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            Ok(Some(db::Server::new(url)))
        }
        Some(_) => Err(Failure::used_wrongly(
            "--database takes a postgres:// address; leave it out to use the embedded store in \
             --data",
        )),
    }
}

fn check_public_url(url: &str) -> Result<(), Failure> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', ' ', '@']) => Ok(()),
        _ => Err(Failure::used_wrongly(format!(
            "--public-url must be a scheme and a host such as https://wallet.example.org, not \
             `{url}`"
        ))),
    }
}

fn refuse_redirect_to_nowhere(network: &Network, url: Option<&str>) -> Result<(), Failure> {
    let is_encrypted = network.tls.is_some() && url.is_none_or(|url| url.starts_with("https://"));
    if network.redirect_listen.is_some() && !is_encrypted {
        return Err(Failure::used_wrongly(
            "--redirect-listen sends people to TLS: give --tls-cert and --tls-key, and an https \
             --public-url",
        ));
    }
    Ok(())
}

fn preset(code: Option<&str>) -> Result<Preset, Failure> {
    let code = code.unwrap_or("plain");
    Preset::from_code(code).ok_or_else(|| {
        Failure::used_wrongly(format!("--limits must be plain, cn or eu, not `{code}`"))
    })
}

fn currency(code: Option<&str>) -> Result<Currency, Failure> {
    let code = code.unwrap_or("CNY");
    code.parse().map_err(|_| {
        Failure::used_wrongly(format!(
            "--default-currency must be an ISO 4217 code that Tael knows, such as CNY or EUR, not \
             `{code}`"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        File::parse(Path::new("tael.toml"), text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_file_may_say_what_flags_say() {
        let file = File::parse(Path::new("t"), "listen = \"[::1]:9\"\nsandbox = true\n").unwrap();
        assert_eq!(file.listen, Some("[::1]:9".parse().unwrap()));
        assert_eq!(file.sandbox, Some(true));
    }

    #[test]
    fn a_misspelt_setting_is_named_with_its_line() {
        let said = refused("sandbox = true\n\nlisten_on = \"x\"\n");
        assert!(
            said.starts_with("tael.toml, line 3: unknown field `listen_on`"),
            "{said}"
        );
    }

    #[test]
    fn a_setting_of_the_wrong_kind_is_named_with_its_line() {
        let said = refused("max_connections = \"many\"\n");
        assert!(
            said.starts_with("tael.toml, line 1: invalid type"),
            "{said}"
        );
    }

    #[test]
    fn connections_leave_files_to_the_store() {
        assert_eq!(connections(None, 1_048_576).unwrap(), 4_096);
        assert_eq!(connections(None, 1_024).unwrap(), 512);
        assert_eq!(connections(Some(100), 1_024).unwrap(), 100);
        let said = connections(Some(1_000), 1_024).unwrap_err().to_string();
        assert!(
            said.contains("needs a limit of 1512 open files, but it is 1024"),
            "{said}"
        );
        assert!(connections(None, 512).is_err());
        assert!(connections(Some(0), 1_024).is_err());
    }

    #[test]
    fn an_address_for_people_is_a_scheme_and_a_host() {
        for good in ["https://wallet.example.org", "http://127.0.0.1:8080"] {
            assert!(check_public_url(good).is_ok(), "{good}");
        }
        for bad in [
            "wallet.example.org",
            "https://",
            "https://a/b",
            "ftp://a",
            "https://a b",
        ] {
            assert!(check_public_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_rule_book_is_one_of_three() {
        assert_eq!(preset(None).unwrap(), Preset::Plain);
        assert_eq!(preset(Some("cn")).unwrap(), Preset::Cn);
        let said = preset(Some("us")).unwrap_err().to_string();
        assert!(said.contains("plain, cn or eu, not `us`"), "{said}");
    }

    #[test]
    fn other_databases_are_refused_by_name() {
        let read = |url: &str| database_of(Some(&url.to_owned()), &File::default());
        assert!(read("postgres://x").unwrap().is_some());
        assert!(read("mysql://x").is_err());
        assert!(database_of(None, &File::default()).unwrap().is_none());
    }
}
