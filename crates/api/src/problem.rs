//! Every "no" the edge can answer, and how it is written: `application/problem+json` (RFC 9457).
//!
//! Handlers return a [`Problem`]; it travels inside the response until the edge, which knows the
//! request's id and language, writes the body. So there is one table and one printer.

mod life;
mod refusals;
mod staff;
mod table;

use std::borrow::Cow;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use payments::{Language, Reply};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::Timestamp;

use crate::{json::MoneyView, request_id::RequestId, work::ChallengeView};
pub(crate) use refusals::{PAYMENT_METHODS, limit_name};
pub use table::{Code, Effect};

/// Characters of a pointer that are given back.
const PARAM_LONGEST: usize = 128;

/// One field that was not as it must be.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// The stable code.
    #[serde(serialize_with = "code_name")]
    #[schema(value_type = String)]
    pub(crate) code: Code,
    /// JSON pointer into the body, or the name of a query parameter.
    pub(crate) param: String,
    /// What was expected.
    pub(crate) detail: Cow<'static, str>,
}

/// A sum, or a number of payments where the limit is one.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum LimitSize {
    Money(MoneyView),
    Payments(i64),
}

/// What a limit says about itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LimitView {
    /// `per_payment`, `per_day`, `per_month`, `per_year`, `lifetime` or `count_per_day`.
    pub(crate) limit_name: &'static str,
    /// The most that is allowed.
    pub(crate) limit: LimitSize,
    /// What has been used of it.
    pub(crate) used: LimitSize,
    /// When it starts anew, RFC 3339; null if it never does.
    pub(crate) resets_at: Option<String>,
    /// How to get a higher one.
    pub(crate) how_to_raise: &'static str,
}

#[derive(Clone, Debug, Default)]
struct Details {
    text: Option<Cow<'static, str>>,
    param: Option<String>,
    errors: Vec<FieldError>,
    limit: Option<LimitView>,
    methods: Cow<'static, [&'static str]>,
    factor_sets: Vec<Vec<&'static str>>,
    purpose: Option<&'static str>,
    resource: Option<String>,
    attempts_left: Option<i64>,
    retry_at: Option<Timestamp>,
    challenge: Option<ChallengeView>,
    allow: Option<HeaderValue>,
    /// How the first answer was given, if this repeats it.
    first: Option<Reply>,
    replayed: bool,
}

/// An answer that is not a success.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    details: Box<Details>,
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self {
            code,
            details: Box::default(),
        }
    }
}

impl Problem {
    /// The stable code of this answer.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// A wrong field of the body or a wrong parameter.
    pub(crate) fn field(code: Code, param: impl Into<String>) -> Self {
        let mut problem = Self::from(code);
        problem.details.param = Some(shortened(param.into()));
        problem
    }

    /// Everything that is wrong with a body, the first of it in front.
    pub(crate) fn fields(errors: Vec<FieldError>) -> Self {
        let Some(first) = errors.first() else {
            return Self::from(Code::MalformedJson);
        };
        let mut problem = Self::field(first.code, first.param.clone());
        problem.details.text = Some(first.detail.clone());
        problem.details.errors = errors;
        problem
    }

    #[cfg(test)]
    pub(crate) fn errors(&self) -> &[FieldError] {
        &self.details.errors
    }

    #[cfg(test)]
    pub(crate) fn param(&self) -> Option<&str> {
        self.details.param.as_deref()
    }

    /// Names the field that this is about.
    pub(crate) fn at(mut self, param: &str) -> Self {
        self.details.param = Some(param.to_owned());
        self
    }

    pub(crate) fn with_text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.details.text = Some(text.into());
        self
    }

    pub(crate) fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.details.errors = errors;
        self
    }

    pub(crate) fn with_methods(mut self, methods: impl Into<Cow<'static, [&'static str]>>) -> Self {
        self.details.methods = methods.into();
        self
    }

    /// Names the sets of proofs of which any one is enough.
    pub(crate) fn with_factor_sets(mut self, sets: Vec<Vec<&'static str>>) -> Self {
        self.details.factor_sets = sets;
        self
    }

    /// Names what a step-up must be asked for.
    pub(crate) fn with_purpose(mut self, purpose: &'static str, resource: String) -> Self {
        self.details.purpose = Some(purpose);
        self.details.resource = Some(resource);
        self
    }

    pub(crate) fn with_attempts_left(mut self, left: i64) -> Self {
        self.details.attempts_left = Some(left);
        self
    }

    /// Names the moment from which a repeat is worth the trouble.
    pub(crate) fn with_retry_at(mut self, at: Timestamp) -> Self {
        self.details.retry_at = Some(at);
        self
    }

    /// Says what work to prove first.
    pub(crate) fn with_challenge(mut self, challenge: ChallengeView) -> Self {
        self.details.challenge = Some(challenge);
        self
    }

    pub(crate) fn with_limit(mut self, limit: LimitView) -> Self {
        self.details.limit = Some(limit);
        self
    }

    pub(crate) fn with_allow(mut self, allow: Option<HeaderValue>) -> Self {
        self.details.allow = allow;
        self
    }

    /// Answers again as it was answered the first time.
    pub(crate) fn answered_first_by(mut self, first: Reply, replay: Replay) -> Self {
        self.details.first = Some(first);
        self.details.replayed = replay == Replay::Repeat;
        self
    }
}

/// A name that a caller chose is not given back at any length.
pub(crate) fn shortened(name: String) -> String {
    match name.char_indices().nth(PARAM_LONGEST) {
        Some((cut, _)) => format!("{}…", &name[..cut]),
        None => name,
    }
}

/// Whether an answer is the first under its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replay {
    First,
    Repeat,
}

/// The request that is being answered, as far as its answer depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answering {
    pub(crate) request: RequestId,
    pub(crate) language: Language,
    /// True for methods that may change something.
    pub(crate) is_write: bool,
}

/// The body of every error.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// A name of the kind of problem, `urn:tael:problem:<code>`.
    r#type: String,
    /// For people, in the language of `Accept-Language` (zh, en).
    title: &'static str,
    status: u16,
    /// For programs; stable.
    code: &'static str,
    /// What exactly, in English.
    detail: &'a str,
    request_id: String,
    /// JSON pointer into the body, or the name of a query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<&'a str>,
    /// Everything that is wrong, when several fields are.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
    /// True if the same request may succeed later.
    retryable: bool,
    /// On answers to writes: `applied`, `not_applied` or `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    /// On `step_up_required`: the accepted proofs.
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    methods: &'a [&'static str],
    /// On a payment's `step_up_required`: the sets of proofs of which any one is enough.
    #[serde(skip_serializing_if = "<[Vec<&str>]>::is_empty")]
    factor_sets: &'a [Vec<&'static str>],
    /// On `step_up_required`: what to ask a step-up for.
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'static str>,
    /// On `step_up_required`: the resource to name in it; may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    /// Tries left before the code or the Token is blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts_left: Option<i64>,
    /// From when on a repeat is worth the trouble, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<String>,
    /// On `proof_of_work_required`: the work.
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<&'a ChallengeView>,
    #[serde(flatten)]
    limit: Option<&'a LimitView>,
}

impl Problem {
    /// Writes the answer.
    pub(crate) fn render(&self, answering: Answering) -> Response {
        let (request, language) = match self.details.first {
            Some(first) => (RequestId::from_raw(first.request), first.language),
            None => (answering.request, answering.language),
        };
        let title = self.code.title(language);
        let body = ProblemBody {
            r#type: format!("urn:tael:problem:{}", self.code.name()),
            title,
            status: self.code.status().as_u16(),
            code: self.code.name(),
            detail: self
                .details
                .text
                .as_deref()
                .unwrap_or(self.code.title(Language::En)),
            request_id: request.to_string(),
            param: self.details.param.as_deref(),
            errors: &self.details.errors,
            retryable: self.code.is_retryable(),
            outcome: answering.is_write.then(|| self.code.effect().name()),
            methods: &self.details.methods,
            factor_sets: &self.details.factor_sets,
            purpose: self.details.purpose,
            resource: self.details.resource.as_deref(),
            attempts_left: self.details.attempts_left,
            retry_at: self.details.retry_at.map(|at| at.to_string()),
            challenge: self.details.challenge.as_ref(),
            limit: self.details.limit.as_ref(),
        };
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = self.code.status();
        self.write_headers(response.headers_mut(), answering.request, language);
        response
    }

    fn write_headers(&self, headers: &mut HeaderMap, request: RequestId, language: Language) {
        const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, PROBLEM);
        let name = match language {
            Language::En => "en",
            Language::Zh => "zh",
        };
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(name));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
        let wait = |at: Timestamp| at.seconds_since(request.time()).saturating_add(1).max(1);
        if let Some(seconds) = self.details.retry_at.map(wait).or(self.code.retry_after()) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = &self.details.allow {
            headers.insert(header::ALLOW, allow.clone());
        }
        if self.code.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.details.replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
    }
}

/// Says that this answer was given before under the same key.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.code.status();
        response.extensions_mut().insert(self);
        response
    }
}

fn code_name<S: serde::Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.name())
}

#[cfg(test)]
mod tests;
