use super::*;

mod cases;
mod programs;
mod refusals;
mod reports;

fn namespace() -> Namespace {
    let roots = ["X", "Z", "sub"].into_iter().map(str::to_owned).collect();
    Namespace { package: "P".to_owned(), roots }
}

fn rewritten(bytes: &[u8]) -> Result<Rewritten, Refusal> {
    rewrite(&RepoPath::new("m.py"), bytes, &namespace())
}
