//! Tencent Cloud's SMS service, request signature version 3 (TC3-HMAC-SHA256).

use std::sync::Arc;

use identity::{Delivery, Messenger, OutboundMessage, Secret, SendFault};
use reqwest::{
    Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use vocab::Clock;

use super::{Templates, aliyun::authority, code_of, parameter, receipt_of, refused};
use crate::{
    http::{Http, Post},
    signing::{date, hex, hmac_sha256, sha256_hex, unix},
};

const ACTION: &str = "SendSms";
const VERSION: &str = "2021-01-11";
const SERVICE: &str = "sms";
const JSON: &str = "application/json; charset=utf-8";

/// Codes of the vendor, by their beginning, by which it did not send and may later.
const BUSY: &[&str] = &[
    "RequestLimitExceeded",
    "LimitExceeded.DeliveryFrequencyLimit",
    "LimitExceeded.PhoneNumberThirtySecondLimit",
];
/// Codes that do not say whether it sent.
const UNCLEAR: &str = "InternalError";

/// The gateway and how to sign for it.
pub struct Tencent {
    pub http: Http,
    pub clock: Arc<dyn Clock>,
    /// `https://sms.tencentcloudapi.com`.
    pub endpoint: Url,
    pub region: String,
    pub secret_id: String,
    pub secret_key: Secret,
    /// The application's number at the vendor.
    pub app_id: String,
    /// The registered sender.
    pub sign_name: String,
    pub templates: Templates,
}

impl std::fmt::Debug for Tencent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tencent")
    }
}

impl Messenger for Tencent {
    fn send(&self, message: &OutboundMessage) -> Result<Delivery, SendFault> {
        let given: Vec<&str> = parameter(message).map(Secret::expose).into_iter().collect();
        let body = serde_json::json!({
            "PhoneNumberSet": [message.to.value()],
            "SmsSdkAppId": self.app_id,
            "SignName": self.sign_name,
            "TemplateId": self.templates.vendors(message)?,
            "TemplateParamSet": given,
            "SessionContext": message.id.to_string(),
        });
        let answer = self.http.post(self.signed(body.to_string())?)?;
        let read = serde_json::from_str::<serde_json::Value>(&answer.body).unwrap_or_default();
        let mut code = code_of(&read, "/Response/SendStatusSet/0/Code");
        if code.is_empty() {
            code = code_of(&read, "/Response/Error/Code");
        }
        match code.as_str() {
            "Ok" => Ok(Delivery {
                receipt: receipt_of(&read, "/Response/SendStatusSet/0/SerialNo"),
            }),
            "" => Err(refused(&answer, "")),
            code => Err(meant_by(code)),
        }
    }
}

fn meant_by(code: &str) -> SendFault {
    let said = code.to_owned();
    if BUSY.iter().any(|busy| code.starts_with(busy)) {
        SendFault::Temporary(said)
    } else if code.starts_with(UNCLEAR) {
        SendFault::Unknown(said)
    } else {
        SendFault::Permanent(said)
    }
}

impl Tencent {
    fn signed(&self, body: String) -> Result<Post, SendFault> {
        let unusable = || SendFault::Permanent("the endpoint cannot be used".into());
        let host = authority(&self.endpoint).ok_or_else(unusable)?;
        let timestamp = unix(self.clock.now());
        let signing = Signing {
            host: &host,
            service: SERVICE,
            timestamp,
            body: &body,
        };
        let stamp = timestamp.to_string();
        let authorization = signing.authorization(&self.secret_id, &self.secret_key);
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("authorization", authorization.as_str()),
            ("content-type", JSON),
            ("x-tc-action", ACTION),
            ("x-tc-version", VERSION),
            ("x-tc-timestamp", &stamp),
            ("x-tc-region", &self.region),
        ] {
            let value = HeaderValue::try_from(value).map_err(|_| unusable())?;
            headers.insert(HeaderName::from_static(name), value);
        }
        let mut url = self.endpoint.clone();
        url.set_path("/");
        Ok(Post {
            url,
            headers,
            basic: None,
            body,
        })
    }
}

struct Signing<'a> {
    host: &'a str,
    service: &'a str,
    timestamp: i64,
    body: &'a str,
}

impl Signing<'_> {
    fn authorization(&self, id: &str, key: &Secret) -> String {
        let canonical = format!(
            "POST\n/\n\ncontent-type:{JSON}\nhost:{}\n\ncontent-type;host\n{}",
            self.host,
            sha256_hex(self.body.as_bytes())
        );
        let date = date(self.timestamp);
        let scope = format!("{date}/{}/tc3_request", self.service);
        let text = format!(
            "TC3-HMAC-SHA256\n{}\n{scope}\n{}",
            self.timestamp,
            sha256_hex(canonical.as_bytes())
        );
        let start = format!("TC3{}", key.expose());
        let dated = hmac_sha256(start.as_bytes(), date.as_bytes());
        let serving = hmac_sha256(&dated, self.service.as_bytes());
        let signing = hmac_sha256(&serving, b"tc3_request");
        let signature = hex(&hmac_sha256(&signing, text.as_bytes()));
        format!(
            "TC3-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders=content-type;host, \
             Signature={signature}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the vendor's page "Signature v3".
    #[test]
    fn the_vendors_example_has_the_vendors_signature() {
        let signing = Signing {
            host: "cvm.tencentcloudapi.com",
            service: "cvm",
            timestamp: 1_551_113_065,
            body: r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#,
        };
        let key = Secret::new("Gu5t9xGARNpq86cd98joQYCN3EXAMPLE".to_owned());
        assert_eq!(
            signing.authorization("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", &key),
            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/\
             tc3_request, SignedHeaders=content-type;host, Signature=\
             72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
        );
    }
}
