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

/// What is proposed for the USE.md of repositories with these names, in whose contents, oldest first, `NAME` is the name.
fn of_named(histories: &[(&str, &[&str])]) -> Proposal {
    let folder = tempfile::tempdir().expect("a folder");
    let mut paths = Vec::new();
    for (index, (name, contents)) in histories.iter().enumerate() {
        let path = folder.path().join(name);
        let contents: Vec<String> =
            contents.iter().map(|content| content.replace("NAME", name)).collect();
        let trees: Vec<[(&str, &str); 1]> =
            contents.iter().map(|content| [("USE.md", content.as_str())]).collect();
        let trees: Vec<&[(&str, &str)]> = trees.iter().map(|tree| &tree[..]).collect();
        repository(&path, 1_700_000_000 + i64::try_from(index).expect("small"), &trees);
        paths.push(path);
    }
    let (members, _) = read(&Source::named(&paths), None, &|| {});
    propose(&members, None)
}

const ONE: &str = "# NAME\n\nlevel 1 of NAME\n";
const TWO: &str = "# NAME\n\nlevel 2 of NAME\n";

#[test]
fn earlier_texts_that_are_the_same_but_for_names_are_an_earlier_template() {
    let on: &[&str] = &["Of nothing yet\n", ONE, TWO];
    let proposal = of_named(&[
        ("mod-ant", on),
        ("mod-bee", on),
        ("mod-cat", &["NAME, and only here\n", ONE, TWO]),
        ("mod-dog", &[TWO]),
        ("mod-eel", &[ONE]),
    ]);
    let held = path(&proposal, "USE.md");
    assert_eq!((held.policy, held.earlier), (Policy::Templated, 2));
    let pack = loaded(&proposal);
    let earlier = pack.lineage.of("USE.md");
    let rendered = |canon: &EarlierContent| {
        let mut values = Variables::default();
        values.insert("slug", "eel");
        values.insert("repository", "mod-eel");
        values.insert("owner", "");
        let bytes = canon.bytes(|_, _| Some(values)).expect("it renders");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let texts: Vec<String> = earlier.iter().map(|canon| rendered(&canon.content)).collect();
    assert_eq!(texts, [ONE.replace("NAME", "mod-eel"), "Of nothing yet\n".to_owned()]);
    assert_eq!(earlier[0].label, "2023-11-15");
}

#[test]
fn what_one_repository_wrote_about_itself_is_no_earlier_template() {
    let earlier = |histories: &[(&str, &[&str])]| {
        let proposal = of_named(histories);
        let held = path(&proposal, "USE.md");
        assert_eq!(held.policy, Policy::Templated);
        (held.earlier, proposal.questions.join("\n"))
    };
    // One went on from it, and another has it: that may be an edit of each.
    let all: &[&str] = &[TWO];
    let (count, _) = earlier(&[
        ("mod-ant", &[ONE, TWO]),
        ("mod-bee", all),
        ("mod-cat", all),
        ("mod-dog", all),
        ("mod-eel", &[ONE]),
    ]);
    assert_eq!(count, 0);
    // Who went on from today's canon is ahead, not behind.
    let (count, questions) = earlier(&[
        ("mod-ant", all),
        ("mod-bee", all),
        ("mod-cat", all),
        ("mod-dog", all),
        ("mod-eel", &[TWO, ONE]),
    ]);
    assert_eq!(count, 0);
    let asked = "`USE.md`: mod-eel (on 2023-11-15) changed the canon further";
    assert!(questions.contains(asked), "{questions}");
}

#[test]
fn an_earlier_template_is_rendered_with_the_variables_of_the_proposal() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut paths = Vec::new();
    for (index, (name, title)) in
        [("mod-ant", "Great Ant"), ("mod-bee", "Great Bee"), ("mod-cat", "Great Cat")]
            .into_iter()
            .enumerate()
    {
        let path = folder.path().join(name);
        let slug = name.trim_start_matches("mod-");
        let config = format!("name: {slug}\ntitle: {title}\n");
        let of = |level: u8| format!("# {slug}\n\nlevel {level} of {name}\n");
        let (one, two) = (of(1), of(2));
        let trees = [
            [("USE.md", one.as_str()), ("config.yaml", config.as_str())],
            [("USE.md", two.as_str()), ("config.yaml", config.as_str())],
        ];
        let trees: Vec<&[(&str, &str)]> = trees.iter().map(|tree| &tree[..]).collect();
        repository(&path, 1_700_000_000 + i64::try_from(index).expect("small"), &trees);
        paths.push(path);
    }
    let (members, _) = read(&Source::named(&paths), None, &|| {});
    let proposal = propose(&members, None);
    assert_eq!(path(&proposal, "USE.md").earlier, 1);
    // The log names the shape.yaml of the time, and it is there.
    let log = String::from_utf8_lossy(&proposal.files["lineage/log.jsonl"].bytes).into_owned();
    let shape = BlobId::of(&proposal.files["shape.yaml"].bytes).to_string();
    assert!(log.contains(&shape), "{log}");
    assert!(proposal.files.contains_key(&format!("lineage/{shape}")));
    assert_eq!(loaded(&proposal).lineage.of("USE.md").len(), 1);
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
