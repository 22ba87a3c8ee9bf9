//! HTTP in: parse, one domain verb, render.
//!
//! [`router`] makes the whole API over an [`App`], [`site`] puts the wallet's [`Pages`] beside it.
//! Every request passes [`edge`]; extractors prove its shape and its caller, in the order of the
//! handler's arguments, which is the order of checks that the contract fixes; a handler calls one
//! verb of the rooms below and renders the answer. Every "no" is a [`Problem`], written in one place.
//!
//! It does not know SQL, sockets, configuration, or the rules of money and of people: it asks
//! `payments` and `identity`, and nothing below it knows HTTP or JSON.
//!
//! Read in this order: `problem`, `edge`, `json`, `caller`, `person`, `routes`.

mod access;
mod address;
mod app;
mod authority;
mod body;
mod cache;
mod caller;
mod edge;
mod floor;
mod freezing;
mod hashing;
mod held;
mod hex;
mod hub;
mod json;
mod language;
mod memo;
mod metrics;
mod ops;
mod pages;
mod person;
mod principal;
mod problem;
mod proofs;
mod query;
pub mod receipt;
mod request_id;
mod routes;
mod shield;
mod visitor;
mod webauthn;
mod work;

pub use access::Access;
pub use address::{Edges, ForwardedBy, Hosts, Network, PublicHost};
pub use app::{App, Cookies, Mode, Parts, Settings};
pub use floor::{Floors, Rate};
pub use hub::Hub;
pub use ops::{ops_accesses, ops_router};
pub use pages::Pages;
pub use problem::{Code, Effect, Problem};
pub use routes::{accesses, openapi, router, site};
