//! Every I/O call of a short run on the store's files fails once: at the start, under load, while
//! stopping. Whatever was answered stays true, nothing is invented, nothing hangs.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use testkit::{
    campaign::{Campaign, Finding, Intent, Settled},
    process::{Launch, Process},
    scratch, tael,
};

const PEOPLE: usize = 3;
const CLIENTS: usize = 2;
const PAYMENTS: usize = 6;
const SEED: u64 = 0x10e0;
/// Calls of one kind that are failed; evenly spread if there are more.
const CASES_EACH: usize = 30;
/// A run longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which call fails, and how.
const FAULTS: [(&str, &str); 6] = [
    ("pwrite64", "EIO"),
    ("pwrite64", "ENOSPC"),
    ("fsync", "EIO"),
    ("fdatasync", "EIO"),
    ("ftruncate", "EIO"),
    ("openat", "EMFILE"),
];

/// A data directory with people in it, and where copies of it go.
struct Bed {
    seed: PathBuf,
    campaign: Campaign,
    place: tempfile::TempDir,
}

/// What a faulty run left behind.
struct Aftermath {
    intents: Vec<Intent>,
    story: String,
}

impl Bed {
    async fn make() -> Self {
        let place = scratch("io");
        let seed = place.path().join("seed");
        let server = Launch::new(tael(), &seed).start().unwrap();
        let campaign = Campaign::enlist(server.address(), PEOPLE, SEED)
            .await
            .unwrap();
        assert!(server.stop(PATIENCE).unwrap().success());
        Self {
            seed,
            campaign,
            place,
        }
    }

    /// A fresh copy of the directory, and how to serve it under `strace`.
    fn copy(&self, inject: Option<String>) -> (PathBuf, PathBuf, Launch) {
        let data = self.place.path().join("case");
        let log = self.place.path().join("log");
        if data.exists() {
            fs::remove_dir_all(&data).unwrap();
        }
        copy_all(&self.seed, &data).unwrap();
        let mut wrapper: Vec<String> = ["strace", "-D", "-f", "-qq", "-o"]
            .map(str::to_owned)
            .into();
        wrapper.push(log.display().to_string());
        for file in ["", "/store.db", "/store.db-wal"] {
            wrapper.extend(["-P".to_owned(), format!("{}{file}", data.display())]);
        }
        wrapper.extend([
            "-e".to_owned(),
            "trace=pwrite64,fsync,fdatasync,ftruncate,openat".to_owned(),
        ]);
        if let Some(inject) = inject {
            wrapper.extend(["-e".to_owned(), format!("inject={inject}")]);
        }
        let launch = Launch::new(tael(), &data)
            .variable("TAEL_TAIL_RECORDS", "8")
            .wrapped(wrapper);
        (data, log, launch)
    }

    /// Start, a few payments, stop.
    async fn run(&self, launch: &Launch, campaign: &mut Campaign) -> Result<Aftermath, Finding> {
        let process = match launch.start() {
            Ok(process) => process,
            Err(error) => {
                return Ok(Aftermath {
                    intents: vec![],
                    story: error.to_string(),
                });
            }
        };
        let load = campaign.load(process.address(), CLIENTS, PAYMENTS);
        let intents = tokio::time::timeout(PATIENCE, load.gather())
            .await
            .map_err(|_| Finding::Broken("the server hangs under load".to_owned()))??;
        let story = end(process)?;
        Ok(Aftermath { intents, story })
    }

    /// One faulty run, and a healthy one that must find everything in order.
    async fn case(&self, inject: String) -> Result<(Settled, bool), Finding> {
        let (data, log, launch) = self.copy(Some(inject));
        let mut campaign = self.campaign.clone();
        let aftermath = self.run(&launch, &mut campaign).await?;
        let has_struck = fs::read_to_string(log)?.contains("(INJECTED)");
        let told = |finding: Finding| match finding {
            Finding::Broken(what) => {
                Finding::Broken(format!("{what}\nthe faulty run said:\n{}", aftermath.story))
            }
            other => other,
        };
        let healthy = Launch::new(tael(), &data);
        let process = healthy.start()?;
        let settled = campaign
            .settle(process.address(), aftermath.intents)
            .await
            .map_err(told)?;
        if !process.stop(PATIENCE)?.success() {
            return Err(Finding::Broken(
                "a healthy server did not stop cleanly".to_owned(),
            ));
        }
        match healthy.check()? {
            (_, true) => Ok((settled, has_struck)),
            (text, false) => Err(Finding::Broken(format!("the check found:\n{text}"))),
        }
    }
}

/// Waits for the end of a server that may be dying already; one that ends by itself must say so.
fn end(mut process: Process) -> Result<String, Finding> {
    if let Some(status) = process.wait(Duration::from_millis(20))? {
        let story = process.output();
        if status.success() {
            return Err(Finding::Broken(format!(
                "it ended as if all were well:\n{story}"
            )));
        }
        return Ok(story);
    }
    process.request_stop()?;
    match process.wait(PATIENCE)? {
        Some(_) => Ok(process.output()),
        None => Err(Finding::Broken(
            "the server hangs while stopping".to_owned(),
        )),
    }
}

/// How often each call was made by the thread that made it most: faults are counted by thread.
fn count_calls(log: &Path) -> io::Result<BTreeMap<String, usize>> {
    let mut by_thread: BTreeMap<(String, String), usize> = BTreeMap::new();
    for line in fs::read_to_string(log)?.lines() {
        let mut words = line.split_whitespace();
        let (Some(thread), Some(call)) = (words.next(), words.next()) else {
            continue;
        };
        if let Some((name, _)) = call.split_once('(') {
            *by_thread
                .entry((name.to_owned(), thread.to_owned()))
                .or_default() += 1;
        }
    }
    let mut most: BTreeMap<String, usize> = BTreeMap::new();
    for ((name, _), count) in by_thread {
        let known = most.entry(name).or_default();
        *known = count.max(*known);
    }
    Ok(most)
}

/// Up to `CASES_EACH` numbers from 1 to `count`, the ends included.
fn spread(count: usize) -> Vec<usize> {
    let cases = count.min(CASES_EACH);
    (0..cases)
        .map(|case| 1 + case * count.saturating_sub(1) / cases.saturating_sub(1).max(1))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_failed_call_is_survived() {
    let bed = Bed::make().await;
    let (_, log, launch) = bed.copy(None);
    let calm = bed.run(&launch, &mut bed.campaign.clone()).await.unwrap();
    assert_eq!(calm.intents.len(), CLIENTS * PAYMENTS, "{}", calm.story);
    let calls = count_calls(&log).unwrap();
    let (mut cases, mut struck) = (0, 0);
    let mut total = Settled::default();
    for (call, error) in FAULTS {
        for k in spread(calls.get(call).copied().unwrap_or(0)) {
            let inject = format!("{call}:error={error}:when={k}");
            let (settled, has_struck) = bed
                .case(inject.clone())
                .await
                .unwrap_or_else(|found| panic!("seed {SEED}, {inject}: {found}"));
            total += settled;
            cases += 1;
            struck += usize::from(has_struck);
        }
    }
    println!("{cases} cases over {calls:?}, {struck} struck: {total:?}");
    assert!(
        struck >= 40 && struck * 10 >= cases * 9,
        "{struck} of {cases} cases struck"
    );
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    let permissions = fs::metadata(from)?.permissions();
    fs::create_dir(to)?;
    fs::set_permissions(to, permissions)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.metadata()?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
