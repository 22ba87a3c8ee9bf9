//! Proofs as they stand in bodies, and the one way in which they are compared.

use identity::{
    Method, Password, Rejection,
    factor::{self, CountedProof, MatchedProof, Proof},
};

use crate::{
    App,
    json::{self, Credential, SecretText},
    problem::{Code, Problem},
};

/// The proofs that a body may carry, of which it carries one.
#[derive(Debug, Default)]
pub(crate) struct Proofs {
    pub(crate) password: Option<json::Password>,
    pub(crate) totp: Option<SecretText>,
    pub(crate) sms_code: Option<SecretText>,
    pub(crate) recovery_code: Option<SecretText>,
    pub(crate) pin: Option<SecretText>,
    pub(crate) security_token: Option<SecretText>,
    pub(crate) passkey: Option<Credential>,
}

/// One proof as it came: an answer of a passkey is verified against its challenge later.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    Typed(Proof),
    Passkey(Credential),
}

impl Given {
    pub(crate) const fn method(&self) -> Method {
        match self {
            Self::Typed(proof) => proof.method(),
            Self::Passkey(_) => Method::Passkey,
        }
    }
}

impl Proofs {
    /// The one that is given.
    ///
    /// # Errors
    /// [`Code::InvalidField`] if it is none or more than one.
    pub(crate) fn only(self, app: &App) -> Result<Given, Problem> {
        let passkey = self.passkey.map(|answer| Ok(Given::Passkey(answer)));
        let password = self
            .password
            .map(|typed| Password::read(typed.expose(), app.policy()).map(Proof::Password))
            .map(|read| read.map(Given::Typed));
        let secret = |typed: Option<SecretText>, proof: fn(identity::Secret) -> Proof| {
            typed.map(|typed| Ok(Given::Typed(proof(typed.into_secret()))))
        };
        let given = [
            password,
            secret(self.totp, Proof::Totp),
            secret(self.sms_code, Proof::SmsCode),
            secret(self.recovery_code, Proof::RecoveryCode),
            secret(self.pin, Proof::Pin),
            secret(self.security_token, Proof::SecurityToken),
            passkey,
        ];
        let mut given = given.into_iter().flatten();
        let (Some(first), None) = (given.next(), given.next()) else {
            let problem = Problem::field(Code::InvalidField, "");
            return Err(problem.with_text("exactly one proof must be given"));
        };
        // A text that cannot be a password is a wrong one.
        let wrong = Rejection::ProofWrong {
            method: Method::Password,
        };
        first.map_err(|_| wrong.into())
    }
}

impl App {
    /// Compares a counted proof, on a thread of its own where that is slow.
    pub(crate) async fn compare(
        &self,
        counted: &CountedProof,
        given: Given,
    ) -> Result<Option<MatchedProof>, Problem> {
        let proof = match (given, counted.passkey(), self.passkeys()) {
            (Given::Typed(proof), _, _) => proof,
            (Given::Passkey(answer), Some(answering), Some(ceremonies)) => {
                Proof::Passkey(ceremonies.verify(&answer.0, answering))
            }
            (Given::Passkey(_), _, _) => Proof::Passkey(None),
        };
        let (app, compared) = (self.clone(), counted.clone());
        let compare = move || compared.compare(&proof, app.keys());
        match counted.is_slow() {
            true => self.hashing().run(compare).await,
            false => Ok(compare()),
        }
    }

    /// Compares a counted proof; what follows from a wrong one is done before it is answered.
    pub(crate) async fn prove(
        &self,
        counted: CountedProof,
        given: Given,
    ) -> Result<MatchedProof, Problem> {
        if let Some(matched) = self.compare(&counted, given).await? {
            return Ok(matched);
        }
        let user = counted.user();
        let refusal = self
            .write(move |tx, cx| factor::miss(tx, cx, &counted))
            .await?;
        self.forget_person(user);
        Err(refusal.into())
    }
}
