//! Alibaba Cloud's SMS service, request signature version 3 (ACS3-HMAC-SHA256).

use std::sync::Arc;

use identity::{Delivery, Messenger, OutboundMessage, Secret, SendFault};
use reqwest::{
    Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use vocab::{Clock, Entropy};

use super::{Templates, code_of, parameter, receipt_of, refused};
use crate::{
    http::{Http, Post},
    signing::{date_time, hex, hmac_sha256, percent, sha256_hex, unix},
};

const ACTION: &str = "SendSms";
const VERSION: &str = "2017-05-25";

/// Codes of the vendor by which it did not send and may later.
const BUSY: &[&str] = &[
    "isv.BUSINESS_LIMIT_CONTROL",
    "Throttling",
    "ServiceUnavailable",
];
/// Codes of the vendor that do not say whether it sent.
const UNCLEAR: &[&str] = &["isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR", "InternalError"];

/// The gateway and how to sign for it.
pub struct Aliyun {
    pub http: Http,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// `https://dysmsapi.aliyuncs.com`, or a regional one.
    pub endpoint: Url,
    pub access_key_id: String,
    pub access_key_secret: Secret,
    /// The registered sender.
    pub sign_name: String,
    pub templates: Templates,
}

impl std::fmt::Debug for Aliyun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Aliyun")
    }
}

impl Messenger for Aliyun {
    fn send(&self, message: &OutboundMessage) -> Result<Delivery, SendFault> {
        let template = self.templates.vendors(message)?;
        let given = match parameter(message) {
            Some(code) => serde_json::json!({ "code": code.expose() }).to_string(),
            None => String::new(),
        };
        // Mainland numbers travel without the country code there.
        let number = message.to.value();
        let number = number.strip_prefix("+86").unwrap_or(number);
        let mut query = vec![
            ("PhoneNumbers", number.trim_start_matches('+')),
            ("SignName", &self.sign_name),
            ("TemplateCode", template),
        ];
        let id = message.id.to_string();
        query.push(("OutId", &id));
        if !given.is_empty() {
            query.push(("TemplateParam", &given));
        }
        let answer = self.http.post(self.signed(&query)?)?;
        let read = serde_json::from_str::<serde_json::Value>(&answer.body).unwrap_or_default();
        match code_of(&read, "/Code").as_str() {
            "OK" => Ok(Delivery {
                receipt: receipt_of(&read, "/BizId"),
            }),
            "" => Err(refused(&answer, "")),
            code => Err(meant_by(code)),
        }
    }
}

fn meant_by(code: &str) -> SendFault {
    let is_one_of = |codes: &[&str]| codes.iter().any(|known| code.starts_with(known));
    let said = code.to_owned();
    if is_one_of(BUSY) {
        SendFault::Temporary(said)
    } else if is_one_of(UNCLEAR) {
        SendFault::Unknown(said)
    } else {
        SendFault::Permanent(said)
    }
}

impl Aliyun {
    fn signed(&self, query: &[(&str, &str)]) -> Result<Post, SendFault> {
        let unusable = |_| SendFault::Permanent("the endpoint cannot be used".into());
        let host = authority(&self.endpoint).ok_or_else(|| unusable(()))?;
        let query = canonical_query(query);
        let nonce = hex(&self.entropy.bytes::<16>());
        let date = date_time(unix(self.clock.now()));
        let signing = Signing {
            host: &host,
            action: ACTION,
            version: VERSION,
            date: &date,
            nonce: &nonce,
            query: &query,
        };
        let authorization = signing.authorization(&self.access_key_id, &self.access_key_secret);
        let mut headers = HeaderMap::new();
        let authorization_header = [("authorization".to_owned(), authorization)];
        for (name, value) in signing.headers().into_iter().chain(authorization_header) {
            if name != "host" {
                let name = HeaderName::try_from(name).map_err(|_| unusable(()))?;
                let value = HeaderValue::try_from(value).map_err(|_| unusable(()))?;
                headers.insert(name, value);
            }
        }
        let mut url = self.endpoint.clone();
        url.set_path("/");
        url.set_query(Some(&query));
        Ok(Post {
            url,
            headers,
            basic: None,
            body: String::new(),
        })
    }
}

/// What the host header will say.
pub(super) fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

fn canonical_query(query: &[(&str, &str)]) -> String {
    let mut pairs: Vec<(String, String)> = query
        .iter()
        .map(|(name, value)| (percent(name), percent(value)))
        .collect();
    pairs.sort();
    let joined: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    joined.join("&")
}

struct Signing<'a> {
    host: &'a str,
    action: &'a str,
    version: &'a str,
    date: &'a str,
    nonce: &'a str,
    query: &'a str,
}

impl Signing<'_> {
    /// In the order of their names, as they are signed. The body is empty.
    fn headers(&self) -> Vec<(String, String)> {
        [
            ("host", self.host.to_owned()),
            ("x-acs-action", self.action.to_owned()),
            ("x-acs-content-sha256", sha256_hex(b"")),
            ("x-acs-date", self.date.to_owned()),
            ("x-acs-signature-nonce", self.nonce.to_owned()),
            ("x-acs-version", self.version.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    fn authorization(&self, key_id: &str, secret: &Secret) -> String {
        let headers = self.headers();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let canonical = format!(
            "POST\n/\n{}\n{lines}\n{names}\n{}",
            self.query,
            sha256_hex(b"")
        );
        let text = format!("ACS3-HMAC-SHA256\n{}", sha256_hex(canonical.as_bytes()));
        let signature = hex(&hmac_sha256(secret.expose().as_bytes(), text.as_bytes()));
        format!("ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the vendor's page "Request syntax and signature method V3".
    #[test]
    fn the_vendors_example_has_the_vendors_signature() {
        let query = canonical_query(&[
            ("RegionId", "cn-shanghai"),
            (
                "ImageId",
                "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            ),
        ]);
        let signing = Signing {
            host: "ecs.cn-shanghai.aliyuncs.com",
            action: "RunInstances",
            version: "2014-05-26",
            date: "2023-10-26T10:22:32Z",
            nonce: "3156853299f313e23d1673dc12e1703d",
            query: &query,
        };
        let secret = Secret::new("YourAccessKeySecret".to_owned());
        assert_eq!(
            signing.authorization("YourAccessKeyId", &secret),
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;\
             x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=\
             06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
    }
}
