use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, runtime::Runtime};

use crate::{
    cli::ServeArgs,
    clock::{OsEntropy, SystemClock},
    data_dir::{DataDir, Mode},
    demo,
    failure::{During as _, Failure},
    jobs,
    keys::ServerKeys,
    listen::{self, Limits},
    logging,
    others::Others,
    pages,
    settings::Settings,
    stop, terminal,
    wire::{House, Plan},
};

/// How long requests under way may go on once a stop was asked for.
const DRAIN: Duration = Duration::from_secs(5);

/// `tael serve`: runs until it is told to stop.
pub(crate) fn run(args: &ServeArgs) -> Result<(), Failure> {
    let settings = Settings::read(args)?;
    logging::start(&settings.log)?;
    DataDir::refuse_other_mode(&settings.data, settings.mode)?;
    refuse_without_messages(settings.mode)?;
    let dir = DataDir::open_or_make(&settings.data, settings.mode)?;
    let runtime = Runtime::new().during("starting the workers")?;
    if settings.demo && settings.database.is_some() {
        return Err(Failure::used_wrongly(
            "--demo plays its month into an embedded store: make it there and move it with \
             `tael migrate`",
        ));
    }
    if settings.demo && !dir.has_store() {
        demo::make_month(&dir, &settings, &runtime)?;
    }
    let keys = ServerKeys::open_or_make(&dir, &OsEntropy)?;
    let house = House::open(&dir, keys, plan(&settings))?;
    let _others = Others::follow(&house)?;
    let served = runtime.block_on(serve(&house, &settings));
    // What was cut off at the end of the drain must not hold up the store.
    runtime.shutdown_background();
    let closed = house.shut_down();
    served.and(closed)?;
    tracing::info!("stopped");
    Ok(())
}

/// Without a way to deliver codes and Tokens nobody could sign up.
fn refuse_without_messages(mode: Mode) -> Result<(), Failure> {
    match mode {
        Mode::Sandbox => Ok(()),
        Mode::Production => Err(Failure::used_wrongly(
            "a production server needs a way to send SMS or mail, and this version has none yet: \
             start with --sandbox to try things out with play money",
        )),
    }
}

fn plan(settings: &Settings) -> Plan {
    Plan {
        clock: Arc::new(SystemClock::default()),
        on_fatal: stop::on_fatal(),
        default_currency: settings.default_currency,
        limits: settings.limits,
        public_url: settings.public_url.clone(),
        links_to: settings
            .public_url
            .clone()
            .unwrap_or_else(|| reachable_at(settings.listen)),
        passwords: settings.passwords.clone(),
        disk_reserve: settings.disk_reserve,
        tail_records: settings.tail_records,
        database: settings.database.clone(),
    }
}

async fn serve(house: &House, settings: &Settings) -> Result<(), Failure> {
    let router = api::site(house.app.clone(), pages::built());
    let demo = if settings.demo {
        Some(demo::sign_ins(house, &router).await?)
    } else {
        None
    };
    let listener = bind(settings.listen).await?;
    let address = listener.local_addr().during("reading the address")?;
    let hub = house.hub.clone();
    let stop = stop::on_signals(move || hub.close())?;
    let jobs = jobs::start(house, house.sandbox_messenger(), stop.clone());
    announce(address, settings.mode, demo.as_deref());
    let limits = Limits {
        header_timeout: settings.header_timeout,
        max_connections: settings.max_connections,
        drain: DRAIN,
    };
    let cut = listen::serve(listener, router, limits, stop.wait()).await;
    if cut > 0 {
        tracing::warn!(cut, "connections were cut because they took too long");
    }
    jobs.finish().await;
    Ok(())
}

async fn bind(listen: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(listen).await.map_err(|error| {
        let remedy = match error.kind() {
            io::ErrorKind::AddrInUse => "another program listens there",
            io::ErrorKind::PermissionDenied => "ports below 1024 are for root",
            io::ErrorKind::AddrNotAvailable => "this machine has no such address",
            _ => return Failure::used_wrongly(format!("cannot listen on {listen}: {error}")),
        };
        Failure::used_wrongly(format!(
            "cannot listen on {listen}: {remedy}; give another address with --listen"
        ))
    })
}

/// Says on standard output that the server serves, and where; programs wait for the first line.
fn announce(address: SocketAddr, mode: Mode, demo: Option<&str>) {
    terminal::say(&format!("tael is ready at http://{}", reachable(address)));
    if mode == Mode::Sandbox {
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
        format!("http://localhost:{}", listen.port())
    } else {
        format!("http://{listen}")
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
