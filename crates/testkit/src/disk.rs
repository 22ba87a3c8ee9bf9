use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// Bytes of the disk.
const SIZE: u64 = 512 << 20;
/// `EXT4_IOC_SHUTDOWN` with `NOLOGFLUSH`: from now on nothing reaches the disk, not even the file
/// system's own journal, as when the power fails. Perl, because a system call with a pointer is
/// `unsafe` in Rust and forbidden here, and every Debian has it.
const SHUTDOWN: &str = r#"open(my $dir, "<", $ARGV[0]) or die $!; my $how = pack("L", 2); ioctl($dir, 0x8004587d, $how) or die $!;"#;

/// An ext4 file system in a file, whose power can be cut. Needs root.
#[derive(Debug)]
pub struct Disk {
    image: PathBuf,
    mount: PathBuf,
    _place: TempDir,
}

impl Disk {
    /// Makes and mounts it.
    pub fn make() -> io::Result<Self> {
        let place = crate::scratch("disk");
        let (image, mount) = (place.path().join("image"), place.path().join("mount"));
        File::create(&image)?.set_len(SIZE)?;
        std::fs::create_dir(&mount)?;
        run(Command::new("mkfs.ext4").arg("-q").arg(&image))?;
        let disk = Self {
            image,
            mount,
            _place: place,
        };
        disk.mount()?;
        Ok(disk)
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        &self.mount
    }

    /// Cuts the power: what is not on the disk now never will be.
    pub fn cut_power(&self) -> io::Result<()> {
        run(Command::new("perl")
            .arg("-e")
            .arg(SHUTDOWN)
            .arg(&self.mount))
    }

    /// Power is back: the file system replays its journal. Nobody may have it open.
    pub fn restore_power(&self) -> io::Result<()> {
        run(Command::new("umount").arg(&self.mount))?;
        self.mount()
    }

    fn mount(&self) -> io::Result<()> {
        run(Command::new("mount")
            .args(["-o", "loop"])
            .arg(&self.image)
            .arg(&self.mount))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _unmounted = run(Command::new("umount").arg("--lazy").arg(&self.mount));
    }
}

fn run(command: &mut Command) -> io::Result<()> {
    // System tools live where a user's path does not look.
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let output = command.env("PATH", path).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{command:?}: {said}")))
}
