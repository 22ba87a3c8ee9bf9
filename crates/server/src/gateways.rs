//! How messages leave a production server: `[smtp]` and `[[sms]]` in `tael.toml`. Secrets are read
//! from files or variables that the settings name, never from flags or the settings themselves.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use identity::{Messenger, Secret};
use rails::{
    Aliyun, Http, Protection, Reach, SmsRoute, Smtp, SmtpSettings, Switchboard, Templates, Tencent,
    Twilio, Webhook,
};
use serde::Deserialize;
use tokio::runtime::Handle;
use vocab::{Clock, Entropy};

use crate::{failure::Failure, keys};

/// Shortest secret that is believed to be one.
const SECRET_SHORTEST: usize = 12;
/// What examples and first tries call a secret.
const DEFAULTS: &[&str] = &[
    "changeme",
    "change-me",
    "password",
    "example",
    "default",
    "your-secret",
    "yoursecret",
    "placeholder",
    "youraccesskeysecret",
];

/// `[smtp]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpFile {
    host: String,
    port: Option<u16>,
    /// `tls` (the default), `starttls`, or `plain` for a server on this machine.
    protection: Option<String>,
    username: Option<String>,
    password_file: Option<PathBuf>,
    password_env: Option<String>,
    from: String,
    roots_file: Option<PathBuf>,
}

/// One of `[[sms]]`; the first whose countries match a number carries it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsFile {
    /// `aliyun`, `tencent`, `twilio` or `webhook`.
    gateway: String,
    /// ISO 3166 codes; none for everywhere.
    #[serde(default)]
    countries: Vec<String>,
    endpoint: Option<String>,
    key_id: Option<String>,
    secret_file: Option<PathBuf>,
    secret_env: Option<String>,
    account: Option<String>,
    app_id: Option<String>,
    region: Option<String>,
    sign_name: Option<String>,
    from: Option<String>,
    #[serde(default)]
    templates: BTreeMap<String, String>,
    /// Lets the gateway be in one's own network.
    #[serde(default)]
    private: bool,
}

/// What `tael.toml` says about gateways.
#[derive(Clone, Debug, Default)]
pub struct Gateways {
    pub smtp: Option<SmtpFile>,
    pub sms: Vec<SmsFile>,
}

/// What a gateway works with.
pub struct Means {
    pub runtime: Handle,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Means {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Means")
    }
}

impl Gateways {
    /// Makes each gateway, ready to send.
    ///
    /// # Errors
    /// A setting that cannot be used.
    pub fn build(&self, means: &Means) -> Result<Switchboard, Failure> {
        let mut board = Switchboard::default();
        if let Some(file) = &self.smtp {
            board.email = Some(Arc::new(file.build(means)?));
        }
        for file in &self.sms {
            board.sms.push(SmsRoute {
                countries: countries(&file.countries)?,
                gateway: file.build(means)?,
            });
        }
        Ok(board)
    }

    /// Whether nothing could leave.
    pub fn is_empty(&self) -> bool {
        self.smtp.is_none() && self.sms.is_empty()
    }
}

/// Two capitals each.
pub fn countries(codes: &[String]) -> Result<Vec<String>, Failure> {
    let read = |code: &String| match code.trim() {
        code if code.len() == 2 && code.bytes().all(|c| c.is_ascii_alphabetic()) => {
            Ok(code.to_ascii_uppercase())
        }
        _ => Err(wrong(format!(
            "a country is an ISO 3166 code of two letters such as CN, not `{code}`"
        ))),
    };
    codes.iter().map(read).collect()
}

/// What a gateway can be at.
struct Made<'a> {
    http: Http,
    means: &'a Means,
    secret: Secret,
}

impl SmtpFile {
    fn build(&self, means: &Means) -> Result<Smtp, Failure> {
        let is_here = matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1");
        let (protection, port) = match self.protection.as_deref() {
            None | Some("tls") => (Protection::Tls, 465),
            Some("starttls") => (Protection::StartTls, 587),
            Some("plain") if is_here => (Protection::Plain, 25),
            Some("plain") => {
                return Err(wrong(
                    "[smtp] protection = \"plain\" is for this machine only",
                ));
            }
            Some(_) => return Err(wrong("[smtp] protection is tls, starttls or plain")),
        };
        let password = secret("[smtp] password", &self.password_file, &self.password_env)?;
        let credentials = match (&self.username, password) {
            (Some(name), Some(password)) => Some((name.clone(), password)),
            (None, None) => None,
            _ => return Err(wrong("[smtp] username and its password belong together")),
        };
        let roots = match &self.roots_file {
            Some(file) => Some(fs::read(file).map_err(|error| {
                wrong(format!("[smtp] roots_file {}: {error}", file.display()))
            })?),
            None => None,
        };
        let settings = SmtpSettings {
            host: self.host.clone(),
            port: self.port.unwrap_or(port),
            protection,
            credentials,
            from: self.from.clone(),
            roots,
        };
        Smtp::new(settings, means.clock.clone()).map_err(|said| wrong(format!("[smtp]: {said}")))
    }
}

impl SmsFile {
    fn build(&self, means: &Means) -> Result<Arc<dyn Messenger>, Failure> {
        let secret = secret("[[sms]] secret", &self.secret_file, &self.secret_env)?
            .ok_or_else(|| wrong("[[sms]] secret_file or secret_env is needed"))?;
        let reach = if self.private {
            Reach::Private
        } else {
            Reach::Public
        };
        let made = Made {
            http: Http::new(means.runtime.clone(), reach).map_err(wrong)?,
            means,
            secret,
        };
        match self.gateway.as_str() {
            "aliyun" => self.aliyun(made),
            "tencent" => self.tencent(made),
            "twilio" => self.twilio(made),
            "webhook" => self.webhook(&made),
            _ => Err(wrong(
                "[[sms]] gateway is aliyun, tencent, twilio or webhook",
            )),
        }
    }

    fn aliyun(&self, made: Made<'_>) -> Result<Arc<dyn Messenger>, Failure> {
        Ok(Arc::new(Aliyun {
            http: made.http,
            clock: made.means.clock.clone(),
            entropy: made.means.entropy.clone(),
            endpoint: self.endpoint("https://dysmsapi.aliyuncs.com")?,
            access_key_id: needed("key_id", &self.key_id)?,
            access_key_secret: made.secret,
            sign_name: needed("sign_name", &self.sign_name)?,
            templates: Templates::new(self.templates.clone()),
        }))
    }

    fn tencent(&self, made: Made<'_>) -> Result<Arc<dyn Messenger>, Failure> {
        let region = self.region.clone();
        Ok(Arc::new(Tencent {
            http: made.http,
            clock: made.means.clock.clone(),
            endpoint: self.endpoint("https://sms.tencentcloudapi.com")?,
            region: region.unwrap_or_else(|| "ap-guangzhou".to_owned()),
            secret_id: needed("key_id", &self.key_id)?,
            secret_key: made.secret,
            app_id: needed("app_id", &self.app_id)?,
            sign_name: needed("sign_name", &self.sign_name)?,
            templates: Templates::new(self.templates.clone()),
        }))
    }

    fn twilio(&self, made: Made<'_>) -> Result<Arc<dyn Messenger>, Failure> {
        let account = needed("account", &self.account)?;
        Ok(Arc::new(Twilio {
            http: made.http,
            endpoint: self.endpoint("https://api.twilio.com")?,
            key: self.key_id.clone().unwrap_or_else(|| account.clone()),
            account,
            secret: made.secret,
            from: needed("from", &self.from)?,
        }))
    }

    fn webhook(&self, made: &Made<'_>) -> Result<Arc<dyn Messenger>, Failure> {
        let url = needed("endpoint", &self.endpoint)?;
        let url = url
            .parse()
            .map_err(|_| wrong("[[sms]] endpoint is not a URL"))?;
        let (http, clock) = (made.http.clone(), made.means.clock.clone());
        let webhook = Webhook::new(http, clock, url, &made.secret).map_err(wrong)?;
        Ok(Arc::new(webhook))
    }

    fn endpoint<U: std::str::FromStr>(&self, usual: &str) -> Result<U, Failure> {
        let url = self.endpoint.as_deref().unwrap_or(usual);
        url.parse()
            .map_err(|_| wrong("[[sms]] endpoint is not a URL"))
    }
}

fn needed(name: &str, value: &Option<String>) -> Result<String, Failure> {
    match value {
        Some(value) if !value.trim().is_empty() => Ok(value.clone()),
        _ => Err(wrong(format!("[[sms]] {name} is needed for this gateway"))),
    }
}

/// A secret from a file that only its owner may read, or from a variable; not empty, not an
/// example's.
fn secret(
    setting: &str,
    file: &Option<PathBuf>,
    variable: &Option<String>,
) -> Result<Option<Secret>, Failure> {
    let (from, text) = match (file, variable) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(wrong(format!(
                "{setting} comes from a file or a variable, not both"
            )));
        }
        (Some(file), None) => (file.display().to_string(), read_closed(setting, file)?),
        (None, Some(name)) => {
            let text = variable_of(name)
                .ok_or_else(|| wrong(format!("{setting}: the variable {name} is not set")))?;
            (name.clone(), text)
        }
    };
    judged(text.trim_end_matches(['\r', '\n']))
        .map(Some)
        .ok_or_else(|| {
            wrong(format!(
                "{setting}: {from} holds no secret but something short or from an example"
            ))
        })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a setting names the variable, once, at the start"
)]
fn variable_of(name: &str) -> Option<String> {
    env::var(name).ok()
}

fn read_closed(setting: &str, file: &Path) -> Result<String, Failure> {
    keys::refuse_if_open_to_others(file)?;
    fs::read_to_string(file)
        .map_err(|error| wrong(format!("{setting}: {}: {error}", file.display())))
}

fn judged(text: &str) -> Option<Secret> {
    let folded = text.to_lowercase();
    let is_weak =
        text.chars().count() < SECRET_SHORTEST || DEFAULTS.iter().any(|weak| folded.contains(weak));
    (!is_weak).then(|| Secret::new(text.to_owned()))
}

fn wrong(sentence: impl Into<String>) -> Failure {
    Failure::used_wrongly(sentence)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use tokio::runtime::Runtime;

    use super::*;
    use crate::clock::{OsEntropy, SystemClock};

    fn build(toml: &str) -> Result<Switchboard, String> {
        #[derive(Deserialize)]
        struct Whole {
            smtp: Option<SmtpFile>,
            #[serde(default)]
            sms: Vec<SmsFile>,
        }
        let whole: Whole = toml::from_str(toml).map_err(|error| error.to_string())?;
        let runtime = Runtime::new().unwrap();
        let means = Means {
            runtime: runtime.handle().clone(),
            clock: Arc::new(SystemClock::default()),
            entropy: Arc::new(OsEntropy),
        };
        let gateways = Gateways {
            smtp: whole.smtp,
            sms: whole.sms,
        };
        gateways
            .build(&means)
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_secret_comes_from_a_closed_file_and_is_one() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        let put = |text: &str, mode: u32| {
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            secret("x", &Some(file.clone()), &None)
        };
        let read = put("u7Rk-29fQ-pLx0\n", 0o600).unwrap().unwrap();
        assert_eq!(read.expose(), "u7Rk-29fQ-pLx0");
        for weak in [
            "",
            "\n",
            "short",
            "ChangeMe-please-now",
            "YourAccessKeySecret",
        ] {
            assert!(put(weak, 0o600).is_err(), "{weak}");
        }
        let open = put("u7Rk-29fQ-pLx0", 0o644).unwrap_err().to_string();
        assert!(open.contains("can be read by others"), "{open}");
        assert!(!open.contains("u7Rk"), "{open}");
        let unset = secret("x", &None, &Some("TAEL_NO_SUCH_VARIABLE".to_owned()));
        assert!(unset.unwrap_err().to_string().contains("is not set"));
    }

    #[test]
    fn mail_without_protection_stays_on_this_machine() {
        let with = |host: &str, protection: &str| {
            build(&format!(
                "[smtp]\nhost = \"{host}\"\nprotection = \"{protection}\"\n\
                 from = \"Tael <no-reply@wallet.example>\"\n"
            ))
        };
        assert!(with("127.0.0.1", "plain").is_ok());
        assert!(with("mail.example", "plain").is_err());
        assert!(with("mail.example", "starttls").is_ok());
        assert!(with("mail.example", "ssl").is_err());
    }

    #[test]
    fn every_gateway_is_set_up_from_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        fs::write(&file, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let sms = |rest: &str| {
            let file = file.display();
            build(&format!("[[sms]]\nsecret_file = \"{file}\"\n{rest}\n"))
        };
        for good in [
            "gateway = \"aliyun\"\nkey_id = \"a\"\nsign_name = \"b\"\ncountries = [\"cn\"]",
            "gateway = \"tencent\"\nkey_id = \"a\"\nsign_name = \"b\"\napp_id = \"1\"",
            "gateway = \"twilio\"\naccount = \"AC1\"\nfrom = \"+15005550006\"",
            "gateway = \"webhook\"\nendpoint = \"https://sms.example/\"",
        ] {
            let board = sms(good).unwrap();
            assert_eq!(board.sms.len(), 1, "{good}");
        }
        for (bad, said) in [
            ("gateway = \"pigeon\"", "gateway is aliyun"),
            ("gateway = \"aliyun\"", "key_id is needed"),
            ("gateway = \"webhook\"", "endpoint is needed"),
            (
                "gateway = \"webhook\"\ncountries = [\"China\"]",
                "two letters",
            ),
            (
                "gateway = \"webhook\"\nsecret = \"x\"",
                "unknown field `secret`",
            ),
        ] {
            let refused = sms(bad).unwrap_err();
            assert!(refused.contains(said), "{bad}: {refused}");
        }
        assert!(build("").unwrap().is_empty());
    }
}
