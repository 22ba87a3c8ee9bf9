use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use server::bench::client::Request;
use tempfile::TempDir;

use crate::world::{FUNDS, World, launch, scratch};

/// A small file system of its own, as only root can make one.
struct Volume {
    path: PathBuf,
    _place: TempDir,
}

impl Volume {
    fn mount(megabytes: u32) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let place = scratch();
        let path = place.path().join("volume");
        fs::create_dir(&path).unwrap();
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(&path)
            .status()
            .unwrap();
        mounted.success().then_some(Self {
            path,
            _place: place,
        })
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(&self.path)
            .status();
    }
}

/// Writes until nothing more fits, less `spare` bytes.
fn fill(volume: &Path, spare: u64) -> PathBuf {
    let path = volume.join("ballast");
    let mut file = File::create(&path).unwrap();
    let page = [1; 4096];
    while file.write_all(&page).is_ok() {}
    let length = file.metadata().unwrap().len();
    file.set_len(length.saturating_sub(spare)).unwrap();
    path
}

async fn status(world: &mut World, path: &str) -> u16 {
    let request = Request::get(path).bearer(&world.alice.session);
    world.to.send(&request).await.unwrap().status
}

/// Pays under new keys until an answer has this status.
async fn pay_until(world: &mut World, name: &str, wanted: u16) -> u32 {
    let begun = Instant::now();
    for number in 0.. {
        let answer = world.pay(&format!("{name}-{number}"), 1).await;
        match answer.status {
            status if status == wanted => return number,
            201 => {}
            507 => {
                assert_eq!(answer.code(), "storage_full");
                assert_eq!(answer.json()["outcome"], "not_applied");
            }
            status => panic!("{status}: {}", answer.json()),
        }
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "no {wanted} came"
        );
    }
    unreachable!("the loop has no end")
}

async fn survives(reserve: &str, spare: u64) {
    // Not root, or no right to mount: nothing to be learned here.
    let Some(volume) = Volume::mount(96) else {
        return;
    };
    let launch = launch(&volume.path.join("data")).flag("--disk-reserve", reserve);
    let mut world = World::start(&launch).await;
    assert_eq!(world.pay("before", 100).await.status, 201);

    let ballast = fill(&volume.path, spare);
    pay_until(&mut world, "full", 507).await;
    // What was applied before hears so, although nothing can be written.
    let replay = world.pay("before", 100).await;
    let heard = (replay.status, replay.is_replayed);
    assert_eq!(heard, (201, true), "{}", replay.json());
    let (alice, bob) = world.posted().await;
    assert_eq!(alice + bob, 2 * FUNDS);
    assert_eq!(status(&mut world, "/v1/transactions").await, 200);
    assert_eq!(status(&mut world, "/healthz").await, 200);
    assert_eq!(status(&mut world, "/readyz").await, 507);

    fs::remove_file(ballast).unwrap();
    pay_until(&mut world, "free", 201).await;
    assert_eq!(status(&mut world, "/readyz").await, 200);
    let replay = world.pay("before", 100).await;
    assert_eq!(
        (replay.status, replay.is_replayed),
        (201, true),
        "{}",
        replay.json()
    );
    let (said, is_clean) = launch.check().unwrap();
    assert!(is_clean, "{said}");
}

#[tokio::test]
async fn below_its_reserve_the_server_only_reads() {
    survives("16", 8 << 20).await;
}

#[tokio::test]
async fn a_disk_without_a_free_byte_loses_nothing() {
    survives("1", 0).await;
}
