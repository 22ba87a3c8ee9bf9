mod store;

use std::{fmt, sync::Arc, time::Duration};

use axum::http::StatusCode;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};
use store::StoreCollector;

use crate::Parts;

/// Upper bounds of the latency buckets in seconds: from one commit to the longest deadline.
const LATENCY_BOUNDS: [f64; 14] = [
    0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0,
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteClass {
    route: &'static str,
    class: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

/// The counters of one route, looked up once when the router is built.
#[derive(Debug)]
pub(crate) struct RouteMetrics {
    route: &'static str,
    /// By the first digit of the status, 2 to 5.
    answered: [Counter; 4],
    latency: Histogram,
}

impl RouteMetrics {
    pub(crate) const fn route(&self) -> &'static str {
        self.route
    }

    /// Counts one answer.
    pub(crate) fn note(&self, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).clamp(2, 5) - 2;
        self.answered[class].inc();
        self.latency.observe(took.as_secs_f64());
    }
}

/// Everything that `/metrics` shows.
pub(crate) struct Metrics {
    registry: Registry,
    answered: Family<RouteClass, Counter>,
    latency: Family<Route, Histogram, fn() -> Histogram>,
    /// Requests turned away at the gate.
    pub(crate) shed: Counter,
}

impl Metrics {
    pub(crate) fn new(parts: &Parts) -> Self {
        let mut registry = Registry::with_prefix("tael");
        let answered = Family::<RouteClass, Counter>::default();
        let latency = Family::<Route, Histogram, fn() -> Histogram>::new_with_constructor(|| {
            Histogram::new(LATENCY_BOUNDS)
        });
        let shed = Counter::default();
        registry.register(
            "http_requests",
            "Answers by route and status class",
            answered.clone(),
        );
        registry.register("http_seconds", "Time to answer by route", latency.clone());
        registry.register(
            "http_shed",
            "Requests turned away at the edge",
            shed.clone(),
        );
        registry.register_collector(Box::new(StoreCollector::of(parts)));
        Self {
            registry,
            answered,
            latency,
            shed,
        }
    }

    /// The counters of one route.
    pub(crate) fn route(&self, route: &'static str) -> Arc<RouteMetrics> {
        let answered = ["2xx", "3xx", "4xx", "5xx"].map(|class| {
            self.answered
                .get_or_create_owned(&RouteClass { route, class })
        });
        let latency = self.latency.get_or_create_owned(&Route { route });
        Arc::new(RouteMetrics {
            route,
            answered,
            latency,
        })
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
