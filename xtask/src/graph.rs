//! The workspace as Cargo sees it.

use std::{collections::BTreeMap, error::Error, fs, path::Path, process::Command};

use serde_json::Value;

/// Why one package needs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Normal,
    Build,
    Tests,
}

/// One dependency line of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub name: String,
    pub need: Need,
}

/// One package of this workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub name: String,
    /// Its manifest, relative to the workspace.
    pub manifest: String,
    pub dependencies: Vec<Dependency>,
}

/// The packages of the workspace at `root`, with what each manifest asks for.
pub(crate) fn packages(root: &Path) -> Result<Vec<Package>, Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    parse(&serde_json::from_slice(&output.stdout)?, root)
}

fn parse(metadata: &Value, root: &Path) -> Result<Vec<Package>, Box<dyn Error>> {
    let packages = metadata["packages"]
        .as_array()
        .ok_or("cargo metadata names no packages")?;
    packages
        .iter()
        .map(|package| parse_package(package, root))
        .collect()
}

fn parse_package(package: &Value, root: &Path) -> Result<Package, Box<dyn Error>> {
    let text = |value: &Value| {
        value
            .as_str()
            .map(str::to_owned)
            .ok_or("not a text in metadata")
    };
    let manifest = text(&package["manifest_path"])?;
    let manifest = Path::new(&manifest)
        .strip_prefix(root)?
        .display()
        .to_string();
    let listed = package["dependencies"]
        .as_array()
        .ok_or("a package without dependencies")?;
    let mut dependencies = Vec::with_capacity(listed.len());
    for dependency in listed {
        let need = match dependency["kind"].as_str() {
            Some("dev") => Need::Tests,
            Some("build") => Need::Build,
            _ => Need::Normal,
        };
        dependencies.push(Dependency {
            name: text(&dependency["name"])?,
            need,
        });
    }
    Ok(Package {
        name: text(&package["name"])?,
        manifest,
        dependencies,
    })
}

/// The longest way down through the rooms, top first.
pub(crate) fn longest_chain(packages: &[Package]) -> Vec<&str> {
    let by_name: BTreeMap<&str, &Package> = packages
        .iter()
        .map(|package| (package.name.as_str(), package))
        .collect();
    let mut best = BTreeMap::new();
    for name in by_name.keys() {
        chain_below(name, &by_name, &mut best);
    }
    best.into_values().max_by_key(Vec::len).unwrap_or_default()
}

fn chain_below<'a>(
    name: &'a str,
    by_name: &BTreeMap<&'a str, &'a Package>,
    best: &mut BTreeMap<&'a str, Vec<&'a str>>,
) -> Vec<&'a str> {
    if let Some(known) = best.get(name) {
        return known.clone();
    }
    let below = by_name[name]
        .dependencies
        .iter()
        .filter(|dependency| dependency.need != Need::Tests)
        .filter_map(|dependency| by_name.get_key_value(dependency.name.as_str()))
        .map(|(&lower, _)| chain_below(lower, by_name, best))
        .max_by_key(Vec::len)
        .unwrap_or_default();
    let chain: Vec<&str> = std::iter::once(name).chain(below).collect();
    best.insert(name, chain.clone());
    chain
}

/// How many packages `Cargo.lock` pins, ours included.
pub(crate) fn locked_packages(root: &Path) -> Result<usize, Box<dyn Error>> {
    let lock = fs::read_to_string(root.join("Cargo.lock"))?;
    Ok(lock.lines().filter(|line| *line == "[[package]]").count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, needs: &[&str]) -> Package {
        let dependencies = needs
            .iter()
            .map(|need| Dependency {
                name: (*need).to_owned(),
                need: Need::Normal,
            })
            .collect();
        Package {
            name: name.to_owned(),
            manifest: String::new(),
            dependencies,
        }
    }

    #[test]
    fn metadata_becomes_packages() {
        let metadata = serde_json::json!({"packages": [{
            "name": "ledger",
            "manifest_path": "/house/crates/ledger/Cargo.toml",
            "dependencies": [
                {"name": "vocab", "kind": null},
                {"name": "proptest", "kind": "dev"},
                {"name": "cc", "kind": "build"},
            ],
        }]});
        let packages = parse(&metadata, Path::new("/house")).unwrap();
        assert_eq!(packages[0].manifest, "crates/ledger/Cargo.toml");
        let needs: Vec<Need> = packages[0].dependencies.iter().map(|d| d.need).collect();
        assert_eq!(needs, [Need::Normal, Need::Tests, Need::Build]);
    }

    #[test]
    fn the_chain_is_the_longest_way_down() {
        let packages = [
            package("server", &["api", "db", "tokio"]),
            package("api", &["payments", "vocab"]),
            package("payments", &["db", "ledger"]),
            package("ledger", &["vocab"]),
            package("db", &[]),
            package("vocab", &[]),
        ];
        assert_eq!(
            longest_chain(&packages),
            ["server", "api", "payments", "ledger", "vocab"]
        );
    }
}
