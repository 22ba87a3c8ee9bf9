use super::{Hash, Tag, sha256};

/// The root of the tree over `leaves` (RFC 6962, section 2.1: a lone node moves up unchanged). The
/// root of no leaves is the hash of nothing.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        raise(&mut level);
    }
    level.first().copied().unwrap_or_else(|| sha256(&[]))
}

/// The siblings from leaf `index` up to the root, the lowest first; `None` if there is no leaf.
pub fn path(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    let mut siblings = Vec::new();
    let mut level = leaves.to_vec();
    let mut place = index;
    while level.len() > 1 {
        siblings.extend(level.get(place ^ 1));
        raise(&mut level);
        place /= 2;
    }
    Some(siblings)
}

/// Whether `path` leads from `leaf`, the one at `index` of `count`, to `root`.
pub fn verify_path(leaf: &Hash, index: u32, count: u32, path: &[Hash], root: &Hash) -> bool {
    if index >= count {
        return false;
    }
    let mut siblings = path.iter();
    let (mut place, mut last) = (index, count - 1);
    let mut hash = *leaf;
    while last > 0 {
        let is_right = place % 2 == 1;
        if is_right || place < last {
            let Some(sibling) = siblings.next() else {
                return false;
            };
            hash = if is_right {
                node(sibling, &hash)
            } else {
                node(&hash, sibling)
            };
        }
        place /= 2;
        last /= 2;
    }
    siblings.next().is_none() && hash == *root
}

/// Replaces a level of the tree by the one above it.
fn raise(level: &mut Vec<Hash>) {
    let count = level.len();
    for place in 0..count / 2 {
        level[place] = node(&level[2 * place], &level[2 * place + 1]);
    }
    if count % 2 == 1 {
        level[count / 2] = level[count - 1];
    }
    level.truncate(count.div_ceil(2));
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [Tag::Node as u8; 65];
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    sha256(&bytes)
}
