use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use api::{Edges, Floors, Hosts, PublicHost};
use identity::Messenger;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{
    cli::ServeArgs,
    clock::{OsEntropy, SystemClock},
    data_dir::{DataDir, Mode},
    demo,
    failure::{During as _, Failure},
    gateways::Means,
    jobs,
    keys::ServerKeys,
    listen::{self, Entrance, Limits},
    logging,
    others::Others,
    pages,
    production::refuse_unready,
    redirect,
    settings::Settings,
    stop, terminal,
    tls::Certificate,
    wire::{House, Plan},
};

/// How long requests under way may go on once a stop was asked for.
const DRAIN: Duration = Duration::from_secs(5);

/// `tael serve`: runs until it is told to stop.
pub(crate) fn run(args: &ServeArgs) -> Result<(), Failure> {
    let settings = Settings::read(args)?;
    logging::start(&settings.log)?;
    DataDir::refuse_other_mode(&settings.data, settings.mode)?;
    refuse_unready(&settings)?;
    let certificate = settings.network.tls.as_ref().map(Certificate::open);
    let certificate = certificate.transpose()?;
    let runtime = Runtime::new().during("starting the workers")?;
    let way_out = way_out(&settings, &runtime)?;
    let dir = DataDir::open_or_make(&settings.data, settings.mode)?;
    if settings.demo && (settings.database.is_some() || !dir.has_store()) {
        demo::make_month(&dir, &settings, &runtime)?;
    }
    let keys = ServerKeys::open_or_make(&dir, &OsEntropy)?;
    let house = House::open(&dir, keys, plan(&settings))?;
    let _others = Others::follow(&house)?;
    let entry = Entry {
        certificate,
        messenger: way_out.unwrap_or_else(|| house.sandbox_messenger()),
    };
    let served = runtime.block_on(serve(&house, &settings, entry));
    // What was cut off at the end of the drain must not hold up the store.
    runtime.shutdown_background();
    let closed = house.shut_down();
    served.and(closed)?;
    tracing::info!("stopped");
    Ok(())
}

/// A production server's way out for messages, before anything is made; a sandbox has its drawer.
fn way_out(settings: &Settings, runtime: &Runtime) -> Result<Option<Arc<dyn Messenger>>, Failure> {
    let means = Means {
        runtime: runtime.handle().clone(),
        clock: Arc::new(SystemClock::default()),
        entropy: Arc::new(OsEntropy),
    };
    match settings.mode {
        Mode::Sandbox => Ok(None),
        Mode::Production => Ok(Some(Arc::new(settings.gateways.build(&means)?))),
    }
}

/// What a server is opened with.
struct Entry {
    certificate: Option<Certificate>,
    messenger: Arc<dyn Messenger>,
}

fn plan(settings: &Settings) -> Plan {
    Plan {
        clock: Arc::new(SystemClock::default()),
        on_fatal: stop::on_fatal(),
        default_currency: settings.default_currency,
        limits: settings.limits,
        public_url: settings.public_url.clone(),
        links_to: links_to(settings),
        edges: edges(settings),
        passwords: settings.passwords.clone(),
        strangers: settings.strangers.clone(),
        disk_reserve: settings.disk_reserve,
        tail_records: settings.tail_records,
        database: settings.database.clone(),
    }
}

/// What links begin with.
fn links_to(settings: &Settings) -> String {
    let here = || {
        let scheme = scheme(settings);
        format!("{scheme}://{}", reachable_at(settings.listen))
    };
    settings.public_url.clone().unwrap_or_else(here)
}

const fn scheme(settings: &Settings) -> &'static str {
    match settings.network.tls {
        Some(_) => "https",
        None => "http",
    }
}

fn edges(settings: &Settings) -> Edges {
    let public = settings.public_url.as_deref().and_then(PublicHost::of);
    let (hosts, floors) = match (settings.mode, public) {
        (Mode::Production, Some(public)) => (Hosts::Public(public), Some(Floors::USUAL)),
        (Mode::Production, None) => (Hosts::default(), Some(Floors::USUAL)),
        // Programs that try things out sign up by the hundred from one address.
        (Mode::Sandbox, public) => (Hosts::Local(public), None),
    };
    Edges {
        trusted_proxies: settings.network.trusted_proxies.clone(),
        forwarded_by: settings.network.forwarded_by,
        hosts,
        floors,
    }
}

fn limits(settings: &Settings) -> Limits {
    let mut spared = settings.network.trusted_proxies.clone();
    if settings.mode == Mode::Sandbox {
        let here = ["127.0.0.0/8", "::1"];
        spared.extend(
            here.iter()
                .filter_map(|net| net.parse::<api::Network>().ok()),
        );
    }
    Limits {
        header_timeout: settings.header_timeout,
        max_connections: settings.max_connections,
        per_address: settings.network.per_address,
        spared,
        drain: DRAIN,
    }
}

async fn serve(house: &House, settings: &Settings, entry: Entry) -> Result<(), Failure> {
    let router = api::site(house.app.clone(), pages::built());
    let demo = if settings.demo {
        Some(demo::sign_ins(house, &router).await?)
    } else {
        None
    };
    let listener = bind("--listen", settings.listen).await?;
    let address = listener.local_addr().during("reading the address")?;
    let redirect = match settings.network.redirect_listen {
        Some(at) => Some(bind("--redirect-listen", at).await?),
        None => None,
    };
    let operators = match operators_listen(settings) {
        Some(at) => Some(bind("--operators-listen", at).await?),
        None => None,
    };
    let hub = house.hub.clone();
    let stop = stop::on_signals(move || hub.close())?;
    let Entry {
        certificate,
        messenger,
    } = entry;
    let jobs = jobs::start(house, messenger, stop.clone());
    let tls = certificate
        .as_ref()
        .map(Certificate::acceptor)
        .transpose()?;
    if let Some(certificate) = certificate {
        certificate.follow(stop.clone())?;
    }
    if let Some(listener) = redirect {
        let to = redirect::router(&links_to(settings));
        let entrance = Entrance {
            listener,
            tls: None,
        };
        tokio::spawn(listen::serve(
            entrance,
            to,
            limits(settings),
            stop.clone().wait(),
        ));
    }
    announce(address, settings, demo.as_deref());
    if let Some(listener) = operators {
        let at = listener.local_addr().during("reading the address")?;
        let scheme = scheme(settings);
        terminal::say(&format!("operators' API at {scheme}://{at}/ops/v1"));
        let (tls, router) = (tls.clone(), api::ops_router(house.app.clone()));
        let entrance = Entrance { listener, tls };
        let (limits, stop) = (limits(settings), stop.clone());
        tokio::spawn(listen::serve(entrance, router, limits, stop.wait()));
    }
    let entrance = Entrance { listener, tls };
    let cut = listen::serve(entrance, router, limits(settings), stop.wait()).await;
    if cut > 0 {
        tracing::warn!(cut, "connections were cut because they took too long");
    }
    jobs.finish().await;
    Ok(())
}

/// In sandbox mode many servers share a machine, so there it is asked for. Whoever takes any port
/// for people takes any for operators too.
fn operators_listen(settings: &Settings) -> Option<SocketAddr> {
    let port = if settings.listen.port() == 0 { 0 } else { 8081 };
    let usual = SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, port));
    let default = (settings.mode == Mode::Production).then_some(usual);
    settings.network.operators_listen.or(default)
}

async fn bind(flag: &str, listen: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(listen).await.map_err(|error| {
        let remedy = match error.kind() {
            io::ErrorKind::AddrInUse => "another program listens there",
            io::ErrorKind::PermissionDenied => "ports below 1024 are for root",
            io::ErrorKind::AddrNotAvailable => "this machine has no such address",
            _ => return Failure::used_wrongly(format!("cannot listen on {listen}: {error}")),
        };
        Failure::used_wrongly(format!(
            "cannot listen on {listen}: {remedy}; give another address with {flag}"
        ))
    })
}

/// Says on standard output that the server serves, and where; programs wait for the first line.
fn announce(address: SocketAddr, settings: &Settings, demo: Option<&str>) {
    let scheme = scheme(settings);
    terminal::say(&format!(
        "tael is ready at {scheme}://{}",
        reachable(address)
    ));
    if settings.mode == Mode::Sandbox {
        terminal::say(
            "SANDBOX 沙盒: play money, and messages stay on this machine, at /sandbox/messages",
        );
    }
    if let Some(sign_ins) = demo {
        terminal::say(sign_ins);
    }
}

/// The address to type into a browser: a server that listens everywhere is also at home.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Where a browser on this machine finds the server. By name: passkeys do not work with an address.
fn reachable_at(listen: SocketAddr) -> String {
    if listen.ip().is_loopback() {
        format!("localhost:{}", listen.port())
    } else {
        listen.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_everywhere_is_announced_as_this_machine() {
        let shown = |address: &str| reachable(address.parse().unwrap()).to_string();
        assert_eq!(shown("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(shown("[::]:1"), "[::1]:1");
        assert_eq!(shown("192.0.2.1:80"), "192.0.2.1:80");
    }
}
