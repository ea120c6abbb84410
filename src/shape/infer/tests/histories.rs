//! Repositories that are read from a disk, with their histories.

use std::path::Path;

use git2::{Repository, RepositoryInitOptions, Signature, Time};

use super::*;
use crate::shape::lineage::EarlierContent;

/// A bare repository whose commits are these trees, the first one oldest.
fn repository(folder: &Path, start: i64, commits: &[&[(&str, &str)]]) {
    let options = &mut RepositoryInitOptions::new();
    let options = options.bare(true).initial_head("trunk").external_template(false);
    let git = Repository::init_opts(folder, options).expect("a repository");
    for (index, files) in commits.iter().enumerate() {
        let mut builder = git.treebuilder(None).expect("a tree");
        for (name, content) in *files {
            let blob = git.blob(content.as_bytes()).expect("a blob");
            builder.insert(name, blob, 0o100_644).expect("an entry");
        }
        let tree = git.find_tree(builder.write().expect("written")).expect("a tree");
        let time = Time::new(start + i64::try_from(index).expect("small") * 86_400, 0);
        let who = Signature::new("A", "a@example.org", &time).expect("a name");
        let parent = git.head().ok().and_then(|head| head.peel_to_commit().ok());
        let parents: Vec<_> = parent.iter().collect();
        git.commit(Some("HEAD"), &who, &who, "change", &tree, &parents).expect("a commit");
    }
}

#[test]
fn histories_become_the_lineage_oldest_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = 1_700_000_000;
    let history: [&[(&str, &str)]; 3] =
        [&[("Makefile", "one\n")], &[("Makefile", "two\n")], &[("Makefile", "three\n")]];
    let paths: Vec<_> =
        ["t-a", "t-b", "t-c", "t-d"].iter().map(|name| folder.path().join(name)).collect();
    repository(&paths[0], start, &history);
    repository(&paths[1], start + 60, &history);
    let lone: [&[(&str, &str)]; 2] = [&[("Makefile", "only here\n")], &[("Makefile", "two\n")]];
    repository(&paths[2], start, &lone);
    repository(&paths[3], start + 120, &history);
    let sources = Source::named(&paths);
    let (members, errors) = read(&sources, None, &|| {});
    assert_eq!((members.len(), errors.len()), (4, 0));
    let proposal = propose(&members, None);
    let pack = loaded(&proposal);
    let earlier: Vec<_> = pack
        .lineage
        .of("Makefile")
        .iter()
        .map(|canon| match &canon.content {
            EarlierContent::Literal(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    // Newest first; what one repository alone had is no canon.
    assert_eq!(earlier, ["two\n", "one\n"]);
    assert_eq!(pack.lineage.of("Makefile")[1].label, "2023-11-14");
    assert_eq!(path(&proposal, "Makefile").earlier, 2);
}

/// What is proposed for the Makefile of repositories with these contents, oldest first, the first commit at that
/// second.
fn of_histories(histories: &[(i64, Vec<&str>)]) -> (ProposedPath, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut paths = Vec::new();
    for (index, (second, contents)) in histories.iter().enumerate() {
        let path = folder.path().join(format!("t-{index}"));
        let trees: Vec<[(&str, &str); 1]> =
            contents.iter().map(|content| [("Makefile", *content)]).collect();
        let trees: Vec<&[(&str, &str)]> = trees.iter().map(|tree| &tree[..]).collect();
        repository(&path, 1_700_000_000 + second, &trees);
        paths.push(path);
    }
    let (members, _) = read(&Source::named(&paths), None, &|| {});
    let proposal = propose(&members, None);
    (path(&proposal, "Makefile").clone(), proposal.questions)
}

#[test]
fn what_some_share_is_no_earlier_canon() {
    let (canon, lint) = ("all:\n\ttrue\n", "all:\n\ttrue\n\tlint\n");
    let all = |second| (second, vec![canon]);
    let mut histories: Vec<_> = (0..9).map(all).collect();
    // Two added the same line, and nobody ever went on from it to what the others have.
    histories.extend([(10, vec![canon, lint]), (11, vec![lint])]);
    let (held, questions) = of_histories(&histories);
    assert_eq!((held.policy, held.earlier), (Policy::Exact, 0));
    let asked = |question: &String| {
        question.contains("t-9") && question.contains("t-10") && question.contains("share another")
    };
    assert!(questions.iter().any(asked), "{questions:?}");
    // One went on from it: that is its own past and no other's.
    let histories = [(0, vec![lint, canon]), all(1), all(2), all(3), (4, vec![lint])];
    assert_eq!(of_histories(&histories).0.earlier, 0);
    // Copied from that very commit, the other is behind.
    let histories = [(0, vec![lint, canon]), all(1), all(2), all(3), (0, vec![lint])];
    assert_eq!(of_histories(&histories).0.earlier, 1);
    // Two went on from it, each for itself.
    let histories =
        [(0, vec![lint, canon]), (1, vec![lint, canon]), all(2), all(3), (4, vec![lint])];
    assert_eq!(of_histories(&histories).0.earlier, 1);
}

#[test]
fn repositories_in_folders_of_one_name_are_called_after_the_folder_above() {
    let folder = tempfile::tempdir().expect("a folder");
    let paths: Vec<_> =
        ["acme+t-a/repo", "acme+t-b/repo"].iter().map(|name| folder.path().join(name)).collect();
    paths.iter().for_each(|path| std::fs::create_dir_all(path).expect("a folder"));
    let sources = Source::named(&paths);
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["t-a", "t-b"]);
}

#[test]
fn a_repository_that_cannot_be_read_does_not_stop_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("README.md"), "here\n").expect("a file");
    let sources = [
        Source { name: "here".to_owned(), path: folder.path().to_owned() },
        Source { name: "gone".to_owned(), path: folder.path().join("gone") },
    ];
    let (members, errors) = read(&sources, None, &|| {});
    assert_eq!((members.len(), errors.len()), (1, 1));
}
