//! What may be a canon, how a promoted name is written, and which earlier contents were the canon.

use crate::world::World;

const POINTER: &str = "version https://git-lfs.github.com/spec/v1\n\
     oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

/// A pack that holds one path.
fn pack(world: &World, rule: &str) {
    let shape = format!("schema: 1\nname: own\npaths:\n- {{ {rule} }}\nextras: ['**']\n");
    world.write("pack/shape.yaml", shape);
}

#[test]
fn json_is_read_as_json_where_only_its_keys_are_managed() {
    let world = World::new();
    pack(&world, "path: app.json, policy: structured, keys: [name]");
    world.write("pack/files/app.json", "{\"name\": \"a\"}\n");
    let validate = |text: &str| {
        world.write("repo/app.json", text);
        world.run(&["validate", "--shape", "pack", "repo"])
    };
    validate("{\"name\": \"a\", \"own\": 1}\n").exits(0);
    for text in ["{\"name\": \"a\",}\n", "{name: a}\n", "name: a\n", "{\"name\": \"a\"} # c\n"] {
        let ran = validate(text).exits(3);
        assert!(ran.stdout.contains("`app.json` does not parse: "), "{text}: {}", ran.stdout);
        assert!(ran.stdout.contains("repo/app.json:1:"), "{text}: {}", ran.stdout);
        world.run(&["fix", "--shape", "pack", "repo"]).ends();
        assert_eq!(world.read("repo/app.json"), text);
    }
    // Nor may the canon be what no reader of JSON takes.
    world.write("pack/files/app.json", "{\n  \"name\": \"a\",\n}\n");
    let ran = world.run(&["shape", "show", "--pack", "pack"]).exits(2);
    assert!(ran.stderr.contains("line 3 does not parse: trailing comma"), "{}", ran.stderr);
}

#[test]
fn a_second_document_behind_managed_keys_is_reported() {
    let world = World::new();
    pack(&world, "path: app.yaml, policy: structured, keys: [name]");
    world.write("pack/files/app.yaml", "name: a\n").write("repo/app.yaml", "name: a\n---\nb: 1\n");
    let ran = world.run(&["validate", "--shape", "pack", "repo"]).exits(1);
    assert!(ran.stdout.contains("a second document starts here"), "{}", ran.stdout);
    assert!(ran.stdout.contains("repo/app.yaml:2:1"), "{}", ran.stdout);
}

#[test]
fn a_pointer_is_never_the_canon() {
    let world = World::new();
    pack(&world, "path: logo.svg, policy: exact");
    world.write("pack/files/logo.svg", "<svg/>\n");
    for (name, text) in [("a", POINTER), ("b", "<svg/>\n"), ("c", "<svg/>\n")] {
        world.write(&format!("repos/{name}/logo.svg"), text);
        world.commit(&format!("repos/{name}"));
    }
    let promote = ["shape", "promote", "repos/a", "logo.svg", "--pack", "pack"];
    let ran = world.run(&promote).exits(2);
    assert!(ran.stderr.contains("`logo.svg` is a Git LFS pointer"), "{}", ran.stderr);
    assert_eq!(world.read("pack/files/logo.svg"), "<svg/>\n");
    world.write("pack/files/logo.svg", POINTER);
    let ran = world.run(&["fix", "--shape", "pack", "repos/b"]).exits(2);
    assert!(ran.stderr.contains("`files/logo.svg` is a Git LFS pointer"), "{}", ran.stderr);
    assert_eq!(world.read("repos/b/logo.svg"), "<svg/>\n");
    for name in ["b", "c"] {
        world.write(&format!("repos/{name}/logo.svg"), POINTER);
        world.commit(&format!("repos/{name}"));
    }
    let init = ["shape", "init", "--dry-run", "--from", "repos/a", "repos/b", "repos/c"];
    let ran = world.run(&init).exits(0);
    assert!(
        ran.stdout.contains("(Git LFS, a filter, an encoding)\n  logo.svg  a, b, c"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_promoted_name_is_written_as_the_shape_writes_it() {
    let world = World::new();
    world
        .write(
            "pack/shape.yaml",
            "schema: 1\nname: own\nrepository_names: ['odd-{slug}']\nvariables:\n  title: { default: '{{ slug | title_case }}' }\n\
             paths: [{ path: README.md, policy: templated }]\nextras: ['**']\n",
        )
        .write("pack/files/README.md.tera", "# {{ title }}\n\nclass {{ slug | pascal_case }}Tool\n")
        .write("repos/odd-alpha/README.md", "# Alpha\n\nclass AlphaTool\nAlpha is nice.\n");
    let promote =
        |name: &str| world.run(&["shape", "promote", name, "README.md", "--pack", "pack"]).exits(0);
    let ran = promote("repos/odd-alpha");
    assert!(ran.stdout.contains("+{{ title }} is nice."), "{}", ran.stdout);
    let says = "`Alpha` became `title` in the template; in this repository, `slug | pascal_case` and `slug | title_case` would be the same";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    // In a line with a variable, too; and of two words each has one spelling.
    world.write(
        "repos/odd-two-words/README.md",
        "# Two Words: odd\n\nclass TwoWordsTool\nTwo Words is nice.\n",
    );
    let ran = promote("repos/odd-two-words");
    let diff = "-# {{ title }}\n+# {{ title }}: odd\n";
    assert!(ran.stdout.contains(diff), "{}", ran.stdout);
    let template = world.read("pack/files/README.md.tera");
    assert!(template.contains("class {{ slug | pascal_case }}Tool"), "{template}");
}

#[test]
fn the_files_around_a_pack_were_the_canon_in_a_starter_only() {
    let world = World::new();
    let shape = "schema: 1\nname: own\npaths: [{ path: LICENSE, policy: exact }]\nextras: ['**']\n";
    let (own, free) = ("Proprietary of us\n", "MIT License\n");
    for folder in ["fleet/shapes/x", "starter/.shipshape"] {
        let root = folder.split('/').next().unwrap_or_default();
        world
            .write(&format!("{root}/LICENSE"), own)
            .write(&format!("{folder}/shape.yaml"), shape)
            .write(&format!("{folder}/files/LICENSE"), free);
        world.commit(root);
    }
    world.write("repo/LICENSE", own);
    world.commit("repo");
    let history =
        |pack: &str| world.run(&["shape", "history", "LICENSE", "--pack", pack]).exits(0).stdout;
    let said = history("fleet/shapes/x");
    assert_eq!(said.lines().count(), 1, "{said}");
    world.run(&["fix", "--shape", "fleet/shapes/x", "repo"]).ends();
    assert_eq!(world.read("repo/LICENSE"), own);
    let said = history("starter/.shipshape");
    assert!(said.ends_with("first known  from the starter's own history\n"), "{said}");
    world.run(&["fix", "--shape", "starter/.shipshape", "repo"]).exits(0);
    assert_eq!(world.read("repo/LICENSE"), free);
}

#[test]
fn a_promoted_name_is_written_in_the_spelling_of_the_template() {
    let world = World::new();
    world
        .write(
            "pack/shape.yaml",
            "schema: 1\nname: own\nvariables:\n  team: { default: blue }\n\
             paths: [{ path: README.md, policy: templated }]\nextras: ['**']\n",
        )
        .write("pack/files/README.md.tera", "# {{ slug }}\n{{ team | upper }}_KEY\n")
        .write("odd-alpha/README.md", "# odd-alpha\nBLUE_KEY\n\nMY-BLUE and ODD-ALPHA\n");
    let promote = ["shape", "promote", "odd-alpha", "./README.md", "--pack", "pack"];
    let ran = world.run(&promote).exits(0);
    // The default of a variable is a word like any other where the template did not have the variable.
    let line = "+MY-BLUE and {{ repository | upper }}";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
    let says = "in this repository, `slug | upper` would be the same";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
}

#[test]
fn a_path_in_a_repository_is_the_same_however_it_is_typed() {
    let world = World::new();
    world.write_readme_shape();
    world.write("repo/README.md", "another\n").write("repo/docs/a.md", "a\n");
    let pack = ["--pack", "shape"];
    for typed in ["./README.md", ".//README.md", "README.md"] {
        let shape = |command: &[&str]| world.run(&[&["shape"], command, &pack].concat());
        let ran = shape(&["promote", "repo", typed, "--dry-run"]).exits(0);
        assert!(ran.stdout.contains("+another"), "{typed}: {}", ran.stdout);
        assert!(shape(&["history", typed]).exits(0).stdout.contains("today"), "{typed}");
        assert_eq!(shape(&["show", "--path", typed]).exits(0).stdout, "hello\n", "{typed}");
    }
    let accept = ["shape", "accept", "repo", "docs//a.md", "--profile", "own", "--dry-run"];
    let ran = world.run(&[&accept[..], &pack].concat()).exits(0);
    assert!(ran.stdout.contains("docs/a.md"), "{}", ran.stdout);
}

#[test]
fn a_starter_is_called_after_its_repository() {
    let world = World::new();
    let rules = "paths: [{ path: README.md, policy: templated }]\nextras: ['**']\n";
    world.write("shape/shape.yaml", format!("schema: 1\nname: t\n{rules}"));
    world.write("shape/files/README.md.tera", "# {{ repository }} ({{ slug }})\n");
    let sync = |more: &[&str]| {
        let sync = ["starter", "sync", "--local", "api-template", "--shape", "shape"];
        world.run(&[&sync[..], more].concat())
    };
    // Its folder, where nothing else says.
    world.write("api-template/README.md", "# api-template (starter)\n");
    let ran = sync(&["--dry-run"]).exits(0);
    assert!(ran.stderr.contains("matches the shape already"), "{}", ran.stderr);
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  api:\n    prefix: api-\n    \
         starter: tmpl/starter-of-apis\n    shape: { folder: shape }\nmembers: [one]\n",
    );
    // It is in no repository, so that only it has what it was.
    sync(&["--force"]).exits(0);
    assert_eq!(world.read("api-template/README.md"), "# starter-of-apis (starter)\n");
}

#[test]
fn a_source_that_names_a_template_with_its_suffix_is_rendered() {
    let world = World::new();
    let rule = "{ path: a.txt, policy: templated, source: other.txt.tera }";
    world
        .write(
            "pack/shape.yaml",
            format!("schema: 1\nname: own\npaths: [{rule}]\nextras: ['**']\n"),
        )
        .write("pack/files/other.txt.tera", "hello {{ slug }}\n")
        .write("one/a.txt", "hello one\n")
        .write("two/b.txt", "");
    world.run(&["validate", "one", "--shape", "pack"]).exits(0);
    world.run(&["fix", "two", "--shape", "pack"]).exits(0);
    assert_eq!(world.read("two/a.txt"), "hello two\n");
    // Its first content goes to the file of that name.
    world.remove("pack/files/other.txt.tera");
    let ran = world.run(&["validate", "one", "--shape", "pack"]).exits(2);
    assert!(ran.stderr.contains("the pack has no `files/other.txt.tera`"), "{}", ran.stderr);
    world.run(&["shape", "promote", "one", "a.txt", "--pack", "pack"]).exits(0);
    assert!(world.read("pack/files/other.txt.tera").starts_with("hello {{ "));
    world.run(&["validate", "one", "--shape", "pack"]).exits(0);
    // Another template is named by its path in the pack.
    world
        .write("pack/files/NOTES.md.tera", "notes\n")
        .write("pack/files/other.txt.tera", "{% include \"NOTES.md.tera\" %}");
    let ran = world.run(&["validate", "one", "--shape", "pack"]).exits(2);
    assert!(ran.stderr.contains("did you mean `files/NOTES.md.tera`?"), "{}", ran.stderr);
}
