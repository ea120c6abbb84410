//! The rules that `drift` decides: one for each verdict on a path that is not as the shape wants it.

use super::{Rule, Severity};

/// A path could not be compared.
pub static PATH_UNCHECKED: Rule = Rule {
    code: "SHP010",
    id: "path-unchecked",
    severity: Severity::Warning,
    summary: "Every held path can be compared with its canon.",
    protects: "the reader of a green report: what could not be compared may be wrong.",
    details: "Reported when a file cannot be read (a submodule, a Git LFS pointer, a link that leaves the repository, \
              a blob that a partial clone lacks), when the canon's template does not render with the repository's \
              values, or to a document that does not parse, and when a content matches no canon while the history of \
              the canon is not whole, so that it may still have been one.",
    fails: ("text", "README.md   a Git LFS pointer, whose content is not here"),
    passes: ("text", "README.md   a text"),
};

/// A path that the shape wants is missing.
pub static PATH_MISSING: Rule = Rule {
    code: "SHP011",
    id: "path-missing",
    severity: Severity::Warning,
    summary: "Every path that the shape requires exists.",
    protects: "everyone who relies on what the file does: a missing workflow runs no check, and a missing ignore file \
               lets credentials be committed.",
    details: "The shape's `paths` list what is required; `optional: true` and a profile's `without` are exceptions. The \
              fix writes the canonical content: safe where the shape holds the path `exact`, `templated` or \
              `structured`, and otherwise a starting point that a person has to fill. An ignore file or a \
              `.gitattributes` that would ignore files of the repository, or change what git stores of them, needs a \
              review. A canon that holds a credential is not \
              copied: no fix is offered. It is an error where the \
              shape's `demands` are about the file (a Dockerfile, an adapter, requirements, a document with a \
              required key): without it they are not met, as by an empty one.",
    fails: ("text", "a repository without .github/workflows/secret-scan.yml"),
    passes: ("text", "a repository with .github/workflows/secret-scan.yml"),
};

/// A path matches an earlier canon.
pub static PATH_STALE: Rule = Rule {
    code: "SHP012",
    id: "path-stale",
    severity: Severity::Warning,
    summary: "Every held path has the newest canon.",
    protects: "the repository from defects that the canon has already shed.",
    details: "The content equals an earlier canon byte for byte, so it was not edited and can be replaced without \
              review: the fix is safe. The number is that of the distinct contents of the path since then. A \
              `structured` path is stale when what is managed in it equals an earlier canon's.",
    fails: ("text", ".github/workflows/ci.yml   2 versions behind"),
    passes: ("text", ".github/workflows/ci.yml   the newest canon"),
};

/// A path was edited after matching a canon.
pub static PATH_MODIFIED: Rule = Rule {
    code: "SHP013",
    id: "path-modified",
    severity: Severity::Warning,
    summary: "No held path has been edited.",
    protects: "the next fleet-wide change, which would otherwise have to stop at this repository.",
    details: "At least half of the lines are those of a canon, and the rest are not. The edit is right for all \
              repositories (`shipshape shape promote` makes it canon), for this one alone (`shipshape waive`), or for \
              none (the fix restores the canon; it is not safe, since the edit is lost). Of a `structured` path: a \
              managed line or key differs from the canon, or a later line overrides it where the last one decides. \
              The finding says how many lines were added and removed, and is at the first that differs; `shipshape \
              fix --diff --unsafe-fixes` shows all. A file that differs only in line ends, a byte order mark or the \
              end of the last line is restored safely: no edit is lost.",
    fails: ("diff", "-    runs-on: ubuntu-latest\n+    runs-on: self-hosted"),
    passes: ("text", "a content that equals the canon"),
};

/// A path never matched a canon.
pub static PATH_DIVERGED: Rule = Rule {
    code: "SHP014",
    id: "path-diverged",
    severity: Severity::Warning,
    summary: "Every held path descends from the canon.",
    protects: "the next fleet-wide change, which has nothing to merge with here.",
    details: "The content does not resemble any version of the canon, so a three-way merge has no base. \
              The fix replaces it and is not safe.",
    fails: ("text", ".github/workflows/ci.yml   written from nothing"),
    passes: ("text", ".github/workflows/ci.yml   the canon"),
};

/// A forbidden path exists.
pub static PATH_FORBIDDEN: Rule = Rule {
    code: "SHP015",
    id: "path-forbidden",
    severity: Severity::Warning,
    summary: "No path that the shape forbids exists.",
    protects: "readers from files that look used but are not, and owners from files that must never be committed.",
    details: "Paths with the policy `forbidden`, unless the repository's profile permits them. The fix removes \
              the file and is safe: git keeps it. It needs review while a workflow, Dockerfile, script or import that stays \
              names the file or its folder, and for a file at the root that tools look for by its name (`Makefile`, \
              `docker-compose.yml`). A credential that was once committed has to be revoked all the same.",
    fails: ("text", "vendor/linter/check.py"),
    passes: ("text", "no file below vendor/linter/"),
};

/// A path is unknown to the shape, and nothing refers to it.
pub static PATH_EXTRA: Rule = Rule {
    code: "SHP016",
    id: "path-extra",
    severity: Severity::Info,
    summary: "Every path beside the shape is used by something.",
    protects: "readers, who take a file for a part of the product.",
    details: "A path that the shape does not know, that is not one of its `extras`, and that nothing names or imports \
              which is known to be used: a Dockerfile, a workflow, a test, a file that the shape knows, or one that \
              these lead to (a script, a requirements file, `package.json`, a Python module). `COPY . .` in a \
              Dockerfile names every file that its `.dockerignore` does not leave out. A workflow is never meant: its \
              forge runs it. Where another file names or imports it, of which no use is known either, the finding \
              says which. Imports of other languages (JavaScript, TypeScript, Go, Rust, Ruby, Java, C, Terraform and \
              the like) are not followed: where a repository has such sources, the finding does not say that nothing \
              uses the file. Nor does it of a Python module or a file in a package that a build (`setup.py`, \
              `pyproject.toml`) may package or Django (`manage.py`) may load by its name, and of a file that tools \
              find by its name (`setup.py`, `tox.ini`, `package.json`, whatever begins with a dot). When several \
              repositories have it, it may belong in the shape.",
    fails: ("text", "tools/convert.py   copied, imported and run by nothing"),
    passes: ("dockerfile", "COPY tools/convert.py ."),
};

/// Two sources of one value disagree.
pub static VARIABLE_DISAGREEMENT: Rule = Rule {
    code: "SHP017",
    id: "variable-disagreement",
    severity: Severity::Warning,
    summary: "The repository, fleet.yaml and the shape agree on every value.",
    protects: "whoever goes by one of the values: a program that looks the repository up finds nothing under another name.",
    details: "A variable's value comes from fleet.yaml, else from the repository, else from the shape's \
              default; `must_equal` says what it has to be, `choices` and `pattern` what it may be. A `pattern` is \
              asked of a repository's value where a compared file is written with it. Where two sources \
              disagree the first one counts, and this finding names both, and is at the line that the \
              repository says it in. The slug is that of \
              `--slug` or of the member in fleet.yaml; without them it is derived from the name of the repository or \
              folder.",
    fails: ("yaml", "# in the repository service-billing\nname: billing_api"),
    passes: ("yaml", "# in the repository service-billing\nname: billing"),
};

/// All rules about paths.
pub const RULES: &[&Rule] = &[
    &PATH_UNCHECKED,
    &PATH_MISSING,
    &PATH_STALE,
    &PATH_MODIFIED,
    &PATH_DIVERGED,
    &PATH_FORBIDDEN,
    &PATH_EXTRA,
    &VARIABLE_DISAGREEMENT,
];
