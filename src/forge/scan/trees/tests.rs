use super::*;

const ID: &str = "ce013625030ba8dba906f756967f9e9ca394464a";

fn entry(name: &str, mode: u32, inside: Option<Vec<Entry>>) -> Entry {
    let object = inside.map(|entries| Inner { entries: Some(entries) });
    Entry { name: name.to_owned(), mode, oid: ID.to_owned(), size: 6, object }
}

fn folder() -> Open {
    Open {
        root: ID.to_owned(),
        repository: RepositoryName::new("a", "b"),
        prefix: String::new(),
        oid: ID.to_owned(),
    }
}

#[test]
fn folders_that_were_not_told_are_asked_for() {
    let entries = vec![
        entry("a", 0o040_000, Some(vec![entry("x", 0o100_755, None), entry("y", 0o040_000, None)])),
        entry("link", 0o120_000, None),
        entry("odd", 0o7, None),
    ];
    let mut listing = Listing::default();
    let deeper = take(&mut listing, &folder(), entries);
    let mut paths: Vec<&str> = listing.entries.iter().map(|entry| entry.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["a/x", "link"]);
    assert_eq!(deeper.iter().map(|open| open.prefix.as_str()).collect::<Vec<_>>(), ["a/y/"]);
    assert_eq!(listing.problems.len(), 1);
}

#[test]
fn listings_survive_the_disk_or_count_as_absent() {
    let mut listing = Listing::default();
    take(&mut listing, &folder(), vec![entry("a", 0o100_644, None), entry("s", 0o160_000, None)]);
    let bytes = keep(&listing).expect("kept");
    let again = kept(&bytes).expect("readable");
    assert_eq!(format!("{:?}", again.entries), format!("{:?}", listing.entries));
    assert!(kept(b"[[\"a\",7,\"x\",1]]").is_none());
    assert!(kept(bytes.get(1..).expect("shorter")).is_none());
}

#[test]
fn the_first_error_about_a_tree_stays() {
    let error = |request: &str| ForgeError::new(ForgeErrorKind::Unavailable, request, "lost");
    let root = folder().root;
    let mut listings = HashMap::from([(root.clone(), Ok(Listing::default()))]);
    refuse(&mut listings, &[folder()], &error("its own"));
    refuse(&mut listings, &[folder()], &error("of others"));
    let why = listings.remove(&root).expect("entered").expect_err("refused");
    assert_eq!(why.request, "its own");
}
