//! A passkey in software: it answers as a device would, or as an attacker would like it to.

use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const ORIGIN: &str = "http://localhost:8080";
/// The person was there, and unlocked the device.
const PRESENT: u8 = 0x01;
const UNLOCKED: u8 = 0x04;
/// The answer carries a new key.
const WITH_KEY: u8 = 0x40;

/// One key, and how it answers.
#[derive(Clone)]
pub struct SoftKey {
    key: SigningKey,
    id: [u8; 16],
    pub handle: Vec<u8>,
    pub origin: String,
    pub flags: u8,
    pub counter: u32,
}

impl SoftKey {
    /// A key like no other test's with the same number.
    pub fn new(number: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[number; 32]).unwrap(),
            id: [number; 16],
            handle: Vec::new(),
            origin: ORIGIN.to_owned(),
            flags: PRESENT | UNLOCKED,
            counter: 0,
        }
    }

    /// As if the person had not unlocked the device.
    pub fn locked(mut self) -> Self {
        self.flags = PRESENT;
        self
    }

    /// What a browser says after `navigator.credentials.create`.
    pub fn make(&mut self, asked: &Value) -> Value {
        self.handle = unbase64(asked["user"]["id"].as_str().unwrap());
        let client = self.client("webauthn.create", asked);
        let point = self.key.verifying_key().to_sec1_point(false);
        let point = point.as_bytes();
        let mut data = self.data(WITH_KEY);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        // COSE: {1: 2, 3: -7, -1: 1, -2: x, -3: y}
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..]);
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xa0\x68authData");
        object.extend([0x58, u8::try_from(data.len()).unwrap()]);
        object.extend(data);
        json!({
            "id": base64(&self.id), "rawId": base64(&self.id), "type": "public-key",
            "response": {
                "attestationObject": base64(&object), "clientDataJSON": base64(&client),
            },
            "clientExtensionResults": {},
        })
    }

    /// What a browser says after `navigator.credentials.get`.
    pub fn answer(&self, asked: &Value) -> Value {
        let client = self.client("webauthn.get", asked);
        let data = self.data(0);
        let signed = [&data[..], &Sha256::digest(&client)[..]].concat();
        let signature: Signature = self.key.sign(&signed);
        json!({
            "id": base64(&self.id), "rawId": base64(&self.id), "type": "public-key",
            "response": {
                "authenticatorData": base64(&data), "clientDataJSON": base64(&client),
                "signature": base64(signature.to_der().as_bytes()),
                "userHandle": base64(&self.handle),
            },
            "clientExtensionResults": {},
        })
    }

    fn client(&self, kind: &str, asked: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind, "challenge": asked["challenge"], "origin": self.origin,
            "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let mut data = Sha256::digest(b"localhost").to_vec();
        data.push(self.flags | more);
        data.extend(self.counter.to_be_bytes());
        data
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut bits = [0; 4];
        bits[1..=chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes(bits);
        for place in 0..=chunk.len() {
            let index = (bits >> (18 - 6 * place)) & 63;
            text.push(char::from(ALPHABET[usize::try_from(index).unwrap()]));
        }
    }
    text
}

fn unbase64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for c in text.bytes() {
        let index = ALPHABET.iter().position(|known| *known == c).unwrap();
        bits = (bits << 6) | u32::try_from(index).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 255).unwrap());
        }
    }
    bytes
}
