//! Who may call a route: everybody, a signed-in person, or also a program with a scope.
//!
//! The handler's own contract says it (`security` in its OpenAPI attributes), and this table is
//! made from the contract when the routes are mounted. A route that says nothing does not start,
//! unless it stands in the list of those that everybody may call; so no route is open by oversight,
//! and a program may do nothing that was not given to programs.

use axum::http::Method;
use identity::{access_token::Scope, operator::Power};
use utoipa::openapi::{
    path::{Operation, PathItem, Paths},
    security::SecurityRequirement,
};

use crate::floor::Knock;

/// The name of the bearer of programs in the contract.
pub(crate) const PROGRAMS: &str = "access_token";
/// The name of the bearer of operators in theirs.
pub(crate) const OPERATORS: &str = "operator";

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Everybody,
    /// A signed-in person; no scope gives this to a program.
    Person,
    /// A signed-in person, or a program that has the scope.
    Scope(Scope),
    /// An operator whose role has the power; at the operators' door alone.
    Staff(Power),
}

/// The routes that need no sign-in; each is safe against guessing and flooding by itself.
const EVERYBODY: &[(&str, &str)] = &[
    ("POST", "/v1/registrations"),
    ("POST", "/v1/registrations/{id}/verify"),
    ("POST", "/v1/registrations/{id}/resend"),
    ("POST", "/v1/registrations/{id}/complete"),
    ("POST", "/v1/sessions"),
    ("POST", "/v1/sessions/second-factor"),
    ("POST", "/v1/sessions/second-factor/challenge"),
    ("POST", "/v1/sessions/passkey/options"),
    ("POST", "/v1/sessions/passkey"),
    ("POST", "/v1/notices/repudiate"),
    ("GET", "/v1/password-policy"),
    ("POST", "/v1/registrations/{id}/password-check"),
    ("POST", "/v1/recoveries"),
    ("POST", "/v1/recoveries/{id}/resend"),
    ("POST", "/v1/recoveries/{id}/verify"),
    ("POST", "/v1/recoveries/{id}/challenge"),
    ("POST", "/v1/recoveries/{id}/prove"),
    ("POST", "/v1/recoveries/{id}/reset"),
    ("POST", "/v1/recoveries/{id}/sign-in"),
    ("POST", "/v1/recoveries/{id}/review"),
    ("POST", "/v1/device-confirmations"),
    ("GET", "/v1/device-confirmations/{id}"),
    ("POST", "/v1/device-confirmations/{id}/refresh"),
    ("POST", "/v1/device-confirmations/claim"),
    ("POST", "/v1/device-confirmations/{id}/redeem"),
    ("POST", "/v1/freeze-requests"),
    ("POST", "/v1/freeze-requests/{id}/confirm"),
    ("POST", "/ops/v1/bootstrap"),
    ("POST", "/ops/v1/sessions"),
    ("GET", "/v1/ledger/head"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/sandbox/messages"),
];

/// Who may call the methods of one path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table(Vec<(Method, String, Access)>);

impl Table {
    /// Reads what the contract of these routes says.
    pub(crate) fn of(paths: &Paths) -> Self {
        let mut rows = Vec::new();
        for (path, item) in &paths.paths {
            for (method, operation) in operations(item) {
                let access = declared(&method, path, operation);
                rows.push((method, path.clone(), access));
            }
        }
        Self(rows)
    }

    /// Who may call this method; nobody but a person where nothing is known.
    pub(crate) fn of_method(&self, method: &Method) -> Access {
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let row = self.0.iter().find(|(known, _, _)| known == method);
        row.map_or(Access::Person, |(_, _, access)| *access)
    }

    /// What a call of this method is to the floors, if it needs no sign-in.
    pub(crate) fn knock(&self, method: &Method) -> Option<Knock> {
        if self.of_method(method) != Access::Everybody {
            return None;
        }
        let (_, path, _) = self.0.first()?;
        Some(Knock::of(method, path))
    }

    pub(crate) fn rows(self) -> Vec<(Method, String, Access)> {
        self.0
    }
}

fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    let all = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn declared(method: &Method, path: &str, operation: &Operation) -> Access {
    let is_listed = EVERYBODY.contains(&(method.as_str(), path));
    let Some(security) = &operation.security else {
        assert!(
            is_listed,
            "{method} {path} does not say who may call it: give its handler a `security`, or list \
             it in crates/api/src/access.rs"
        );
        return Access::Everybody;
    };
    assert!(
        !is_listed,
        "{method} {path} is listed as open to everybody and asks for somebody"
    );
    let powers: Vec<_> = security
        .iter()
        .flat_map(|by| named(by, OPERATORS))
        .collect();
    if let [power] = powers.as_slice() {
        let power = Power::from_code(power);
        return Access::Staff(
            power.unwrap_or_else(|| {
                unreachable!("{method} {path} names a power that is in no table")
            }),
        );
    }
    assert!(
        !path.starts_with("/ops/"),
        "{method} {path} does not name the one power that it takes"
    );
    let scopes: Vec<_> = security.iter().flat_map(|by| named(by, PROGRAMS)).collect();
    match scopes.as_slice() {
        [] => Access::Person,
        [one] => {
            let scope = Scope::from_code(one);
            Access::Scope(
                scope.unwrap_or_else(|| {
                    unreachable!("{method} {path} names {one}, which is no scope")
                }),
            )
        }
        _ => unreachable!("{method} {path} names more than one scope"),
    }
}

fn named(requirement: &SecurityRequirement, bearer: &str) -> Vec<String> {
    // The type shows its fields only in its serialised form.
    let value = serde_json::to_value(requirement).unwrap_or_default();
    let scopes = value.get(bearer).and_then(|scopes| scopes.as_array());
    let scopes = scopes.into_iter().flatten();
    scopes
        .filter_map(|scope| scope.as_str().map(str::to_owned))
        .collect()
}
