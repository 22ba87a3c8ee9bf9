use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand, builder::BoolishValueParser};

use crate::{bench, failure::Failure, rotation, terminal};

/// Tael, an e-wallet that you run yourself: people, money and a ledger that proves itself.
#[derive(Debug, Parser)]
#[command(name = "tael", version, after_help = AFTER_HELP, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Settings come from flags, then from TAEL_* variables, then from tael.toml (the flag's name with
underscores, such as `listen = \"127.0.0.1:8080\"`), then from the defaults.
Exit codes: 0 done, 1 found something wrong, 2 used wrongly, 70 the store failed in a way that only
a restart can judge (let a supervisor restart the server; callers ask again with the same key).";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(Box<ServeArgs>),
    /// Replay the whole journal and compare everything with it; runs beside a live server
    Check {
        #[command(flatten)]
        data: DataArgs,
        /// postgres:// address of a database [default: the embedded store in --data]
        #[arg(long, env = "TAEL_DATABASE", value_name = "URL")]
        database: Option<String>,
    },
    /// Copy the data directory, keys included, while a server may be running; the copy is as
    /// secret as the data
    Backup {
        #[command(flatten)]
        data: DataArgs,
        /// Directory to write, which must not exist yet or be empty
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Make a data directory out of a backup and check it
    Restore {
        /// Directory that `tael backup` wrote
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Copy everything from a data directory into a database, or back; stop every server first.
    /// Interrupted, it goes on where it was when it is called again
    Migrate {
        /// Data directory or postgres:// address to copy from
        #[arg(long, value_name = "DIR|URL")]
        from: String,
        /// Data directory or postgres:// address to copy to; a directory that has the keys already,
        /// or none
        #[arg(long, value_name = "DIR|URL")]
        to: String,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Accounts of the back office
    Operator {
        #[command(subcommand)]
        command: OperatorCommand,
    },
    /// Try out a database of your own: migrations, statements, and a bank with several tellers, in
    /// a schema that is removed afterwards
    VerifyDb {
        /// postgres:// address, of a user who may make a schema
        url: String,
        /// How long the tellers work
        #[arg(long, value_name = "SECONDS", default_value_t = 20)]
        seconds: u64,
        /// As for `tael serve`
        #[arg(long, value_name = "LEVEL")]
        isolation: Option<String>,
    },
    /// Check a receipt without asking anybody
    VerifyReceipt {
        /// The receipt as JSON
        file: PathBuf,
        /// The ledger's public key, 64 hexadecimal digits, which you know from elsewhere
        /// [default: the key the receipt names, which proves that it is whole, not whose it is]
        #[arg(long, value_name = "HEX")]
        key: Option<String>,
    },
    /// The keys that personal data is sealed under
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Measure this machine
    #[command(subcommand)]
    Bench(bench::Bench),
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Say which root keys there are and how much is sealed under each; runs beside a live server
    List(DataArgs),
    /// Make a new root key and seal everything anew under it; beside a live server, without a
    /// pause, or alone. Stopped half-way, it goes on with the next start of either
    Rotate(DataArgs),
    /// Delete an old root key under which nothing is sealed any more; older backups have their own
    Retire {
        #[command(flatten)]
        data: DataArgs,
        /// Which one, by the number that `tael keys list` gives it
        #[arg(long, value_name = "N")]
        generation: u8,
    },
}

/// Which data directory.
#[derive(Args, Clone, Debug)]
pub struct DataArgs {
    /// Data directory [default: ./tael-data]
    #[arg(long, env = "TAEL_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Settings file [default: ./tael.toml if there is one]
    #[arg(long, env = "TAEL_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The settings of a server as flags and variables give them.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "TAEL_LISTEN", value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Play money, and messages that stay on this machine; never for real people [default: false]
    #[arg(long, env = "TAEL_SANDBOX", value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub sandbox: Option<bool>,
    /// Make two people with a month of records, once, and print how to sign in as them; needs
    /// --sandbox [default: false]
    #[arg(long, env = "TAEL_DEMO", value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub demo: Option<bool>,
    /// postgres:// address of a database that several servers may share; the keys stay in --data,
    /// the same on every server [default: the embedded store in --data]
    #[arg(long, env = "TAEL_DATABASE", value_name = "URL")]
    pub database: Option<String>,
    /// What transactions on a database see of each other: read-committed, repeatable-read or
    /// serializable; all are right [default: read-committed]
    #[arg(long, env = "TAEL_ISOLATION", value_name = "LEVEL")]
    pub isolation: Option<String>,
    /// Currency of a person's first account, ISO 4217 [default: CNY]
    #[arg(long, env = "TAEL_DEFAULT_CURRENCY", value_name = "CODE")]
    pub default_currency: Option<String>,
    /// The rule book of limits: plain, cn (China's account classes) or eu [default: plain]
    #[arg(long, env = "TAEL_LIMITS", value_name = "PRESET")]
    pub limits: Option<String>,
    /// Where people reach the server, for links and the browser's origin check
    /// [default: http:// and the listening address]
    #[arg(long, env = "TAEL_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    #[command(flatten)]
    pub network: NetworkArgs,
    #[command(flatten)]
    pub passwords: PasswordArgs,
    #[command(flatten)]
    pub messages: MessageArgs,
    #[command(flatten)]
    pub tuning: TuningArgs,
}

#[derive(Debug, Subcommand)]
enum OperatorCommand {
    /// Print a token that makes an administrator, once, within a quarter of an hour; the audit log
    /// says so. With the embedded store the server must be stopped
    Bootstrap {
        #[command(flatten)]
        data: DataArgs,
        /// postgres:// address of a database [default: the embedded store in --data]
        #[arg(long, env = "TAEL_DATABASE", value_name = "URL")]
        database: Option<String>,
    },
}

/// What stands before the server.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Network")]
pub struct NetworkArgs {
    /// Address or range of a proxy whose word about its clients' addresses is taken; may be given
    /// several times, or with commas [default: none]
    #[arg(
        long,
        env = "TAEL_TRUSTED_PROXY",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    pub trusted_proxy: Vec<String>,
    /// Header in which that proxy says so: x-forwarded-for or forwarded
    /// [default: x-forwarded-for]
    #[arg(long, env = "TAEL_FORWARDED_HEADER", value_name = "NAME")]
    pub forwarded_header: Option<String>,
    /// Connections of one address at a time, trusted proxies apart; this machine in sandbox mode
    /// too [default: 256]
    #[arg(long, env = "TAEL_MAX_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    pub max_connections_per_address: Option<u32>,
    /// PEM file with the certificate and those above it: the server speaks TLS itself, and reads
    /// both files again when they change [default: plain HTTP]
    #[arg(long, env = "TAEL_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file with the certificate's key, readable by nobody else [default: plain HTTP]
    #[arg(long, env = "TAEL_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Address where plain HTTP sends people to the public URL [default: none]
    #[arg(long, env = "TAEL_REDIRECT_LISTEN", value_name = "ADDR:PORT")]
    pub redirect_listen: Option<SocketAddr>,
    /// Address of the operators' API, on this machine unless the server speaks TLS itself
    /// [default: 127.0.0.1:8081, or none in sandbox mode]
    #[arg(long, env = "TAEL_OPERATORS_LISTEN", value_name = "ADDR:PORT")]
    pub operators_listen: Option<SocketAddr>,
}

/// What strangers may have sent. How messages leave stands in tael.toml, `[smtp]` and `[[sms]]`.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Messages")]
pub struct MessageArgs {
    /// Countries whose numbers get codes, ISO 3166, or `all` [default: CN; in a sandbox all]
    #[arg(
        long,
        env = "TAEL_COUNTRIES",
        value_name = "CODES",
        value_delimiter = ','
    )]
    pub countries: Option<Vec<String>>,
    /// Codes by SMS to strangers in an hour [default: 500; in a sandbox any number]
    #[arg(long, env = "TAEL_SMS_PER_HOUR", value_name = "N")]
    pub sms_per_hour: Option<u32>,
    /// Codes by SMS to strangers in a day [default: 5000; in a sandbox any number]
    #[arg(long, env = "TAEL_SMS_PER_DAY", value_name = "N")]
    pub sms_per_day: Option<u32>,
    /// Bits of the proof of work before a stranger has a message sent, 1 to 24; 0 for none
    /// [default: 18; in a sandbox 0]
    #[arg(long, env = "TAEL_PROOF_OF_WORK", value_name = "BITS")]
    pub proof_of_work: Option<u8>,
}

/// What is asked of passwords.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Passwords")]
pub struct PasswordArgs {
    /// `mission` (letters, digits and symbols, or a passphrase of 20) or `nist` (15 characters, no
    /// classes) [default: mission]
    #[arg(long, env = "TAEL_PASSWORD_RULES", value_name = "RULES")]
    pub password_rules: Option<String>,
    /// `remind` people of a password that is too old, or `force` them to change it before money
    /// goes out [default: remind]
    #[arg(long, env = "TAEL_PASSWORD_ROTATION", value_name = "HOW")]
    pub password_rotation: Option<String>,
    /// Days after which a password is too old; 0 for never [default: 90]
    #[arg(long, env = "TAEL_PASSWORD_AGE", value_name = "DAYS")]
    pub password_age: Option<u32>,
    /// File of SHA-1 hashes of leaked passwords, sorted, one a line [default: none]
    #[arg(long, env = "TAEL_LEAKED_PASSWORDS", value_name = "FILE")]
    pub leaked_passwords: Option<PathBuf>,
}

/// Settings that seldom need to be touched.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Tuning")]
pub struct TuningArgs {
    /// Seconds a client may take to send a request's head; also how long an idle HTTP/1
    /// connection is kept [default: 10]
    #[arg(long, env = "TAEL_HEADER_TIMEOUT", value_name = "SECONDS")]
    pub header_timeout: Option<u64>,
    /// Connections served at a time; more wait [default: 4096, or the file limit less 512]
    #[arg(long, env = "TAEL_MAX_CONNECTIONS", value_name = "N")]
    pub max_connections: Option<u32>,
    /// MiB that must stay free on the disk; below it the server only reads
    /// [default: 512, or 5 % of the disk if that is less]
    #[arg(long, env = "TAEL_DISK_RESERVE", value_name = "MIB")]
    pub disk_reserve: Option<u64>,
    /// Records whose projections may wait in memory; a start replays them [default: 300000]
    #[arg(long, env = "TAEL_TAIL_RECORDS", value_name = "N")]
    pub tail_records: Option<u32>,
    /// What to log, such as `info` or `info,api=debug` [default: info]
    #[arg(long, env = "TAEL_LOG", value_name = "FILTER")]
    pub log: Option<String>,
}

/// The whole program: parses the command line, runs the command, says in one sentence what went
/// wrong.
pub fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::complain(&failure);
            failure.exit_code()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(args) => crate::serve::run(&args),
        Command::Check { data, database } => crate::check::run(&data, database.as_ref()),
        Command::Backup { data, to } => crate::backup::run(&data, &to),
        Command::Restore { from, data } => crate::restore::run(&from, &data),
        Command::Migrate { from, to, data } => crate::migrate::run(&from, &to, &data),
        Command::Operator {
            command: OperatorCommand::Bootstrap { data, database },
        } => crate::operator::bootstrap(&data, database.as_ref()),
        Command::VerifyDb {
            url,
            seconds,
            isolation,
        } => crate::verify_db::run(&url, isolation.as_deref(), seconds),
        Command::VerifyReceipt { file, key } => crate::receipt::run(&file, key.as_deref()),
        Command::Keys(KeysCommand::List(data)) => rotation::list(&data),
        Command::Keys(KeysCommand::Rotate(data)) => rotation::rotate(&data),
        Command::Keys(KeysCommand::Retire { data, generation }) => {
            rotation::retire(&data, generation)
        }
        Command::Bench(bench) => bench::run(&bench),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_with_a_variable_names_its_default() {
        let mut command = Cli::command();
        command.build();
        for sub in command.get_subcommands() {
            for argument in sub
                .get_arguments()
                .filter(|argument| argument.get_env().is_some())
            {
                let help = argument
                    .get_help()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                assert!(help.contains("[default: "), "{}: {help}", argument.get_id());
            }
        }
    }
}
