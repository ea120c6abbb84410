//! Git LFS pointers: the small texts in a tree that represent files kept elsewhere.

/// Pointers are smaller than this: <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>.
const POINTER_BYTES: usize = 1024;

/// Whether these bytes are a Git LFS pointer, so that the file itself is not in the repository.
///
/// The `version` line has to come first, with an `oid` on one of the lines after it, as the specification says. The
/// `size` that it also demands is not checked.
#[must_use]
pub fn is_lfs_pointer(bytes: &[u8]) -> bool {
    if bytes.len() >= POINTER_BYTES {
        return false;
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut lines = text.lines();
    lines.next() == Some("version https://git-lfs.github.com/spec/v1")
        && lines.any(|line| line.strip_prefix("oid sha256:").is_some_and(is_sha256))
}

fn is_sha256(digits: &str) -> bool {
    digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";

    #[test]
    fn a_pointer_is_recognised() {
        let text =
            format!("version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize 9\n");
        assert!(is_lfs_pointer(text.as_bytes()));
        let extended = text.replace("oid", "ext-0-foo sha256:00\noid");
        assert!(is_lfs_pointer(extended.as_bytes()));
    }

    #[test]
    fn what_only_looks_like_one_is_not() {
        let line = "version https://git-lfs.github.com/spec/v1\n";
        assert!(!is_lfs_pointer(b""));
        assert!(!is_lfs_pointer(line.as_bytes()));
        assert!(!is_lfs_pointer(format!("# {line}oid sha256:{OID}\n").as_bytes()));
        assert!(!is_lfs_pointer(format!("{line}oid sha256:12\n").as_bytes()));
        let long = format!("{line}oid sha256:{OID}\n{}", "x".repeat(1024));
        assert!(!is_lfs_pointer(long.as_bytes()));
        assert!(!is_lfs_pointer(b"version https://git-lfs.github.com/spec/v1\n\xff"));
    }
}
