//! Makes a workspace to build packages from: the same for the same numbers.
//!
//! Modules hold functions, classes and docstrings in the proportions of ordinary code and import one another; one
//! in ten lies in a subpackage. Beside `package.yaml` there is a `pyproject.toml` for each of the tools that are
//! measured beside this one, over the same files in the layout that they want: `flat/` (the workspace) for us,
//! `uv/` and `setuptools/` for them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Parser;
use rayon::prelude::*;

/// Makes a workspace of Python modules.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many modules.
    #[arg(long, value_name = "N", default_value_t = 60)]
    modules: u32,

    /// How many bytes in all.
    #[arg(long, value_name = "BYTES", default_value_t = 586_000)]
    bytes: usize,

    /// A new or an empty folder.
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
}

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let Arguments { modules, bytes, into } = Arguments::parse();
    std::fs::create_dir_all(&into)?;
    if std::fs::read_dir(&into)?.next().is_some() {
        return Err(format!("{} is not empty", into.display()).into());
    }
    let each = bytes / usize::try_from(modules)?.max(1);
    let written = (0..modules)
        .into_par_iter()
        .map(|number| {
            let text = module(number, modules, each);
            let name = file_name(number);
            for folder in ["flat/workspace", "uv/src/acme_runtime", "setuptools/acme_runtime"] {
                write(&into.join(folder).join(&name), &text)?;
            }
            Ok(text.len())
        })
        .collect::<Outcome<Vec<usize>>>()?;
    for folder in ["flat/workspace/tools", "uv/src/acme_runtime", "uv/src/acme_runtime/tools"] {
        write(&into.join(folder).join("__init__.py"), "")?;
    }
    for folder in ["setuptools/acme_runtime", "setuptools/acme_runtime/tools"] {
        write(&into.join(folder).join("__init__.py"), "")?;
    }
    for folder in ["flat", "uv", "setuptools"] {
        write(&into.join(folder).join("README.md"), "# A runtime\n")?;
    }
    write(&into.join("flat/package.yaml"), &description(modules))?;
    let project = "[project]\nname = \"acme-runtime\"\nversion = \"0.1.6\"\ndescription = \"A runtime\"\nreadme = \"README.md\"\nrequires-python = \">=3.11\"\n";
    let uv =
        "\n[build-system]\nrequires = [\"uv_build>=0.13,<0.14\"]\nbuild-backend = \"uv_build\"\n";
    write(&into.join("uv/pyproject.toml"), &format!("{project}{uv}"))?;
    let setuptools = "\n[build-system]\nrequires = [\"setuptools>=77\"]\nbuild-backend = \"setuptools.build_meta\"\n\n[tool.setuptools]\npackages = [\"acme_runtime\", \"acme_runtime.tools\"]\n";
    write(&into.join("setuptools/pyproject.toml"), &format!("{project}{setuptools}"))?;
    let total: usize = written.iter().sum();
    let line = format!("{modules} modules, {} KB\n", total / 1_000);
    std::io::stdout().write_all(line.as_bytes())?;
    Ok(())
}

fn write(path: &Path, text: &str) -> Outcome<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(path, text)?)
}

fn is_tool(number: u32) -> bool {
    number % 10 == 9
}

fn file_name(number: u32) -> String {
    if is_tool(number) { format!("tools/m{number:05}.py") } else { format!("m{number:05}.py") }
}

fn description(modules: u32) -> String {
    let mut text = String::from(
        "schema: 1\ndistribution: acme-runtime\npackage: acme_runtime\nsource: workspace\nsubpackages: [tools]\nmetadata:\n  description: A runtime\n  readme: README.md\n  requires-python: '>=3.11'\nmodules:\n",
    );
    for number in (0..modules).filter(|number| !is_tool(*number)) {
        let _ = writeln!(text, "  - m{number:05}");
    }
    text
}

/// One module of about so many bytes.
fn module(number: u32, modules: u32, bytes: usize) -> String {
    let mut random = Random(u64::from(number) << 20 | u64::from(modules));
    let mut text = format!(
        "\"\"\"Module {number}: {} of the {}.\"\"\"\n\nimport asyncio\nimport logging\nfrom typing import Any\n\n",
        random.word(),
        random.word()
    );
    for _ in 0..3 {
        let other = random.below(u64::from(modules.max(1)));
        let other = u32::try_from(other).unwrap_or_default();
        if other != number && !is_tool(other) {
            let _ = writeln!(text, "from m{other:05} import run_{other}");
        }
    }
    let _ = writeln!(
        text,
        "\nlogger = logging.getLogger(__name__)\n\n\ndef run_{number}(value: Any = None) -> Any:\n    return value"
    );
    while text.len() < bytes {
        definition(&mut random, &mut text);
    }
    text
}

fn definition(random: &mut Random, text: &mut String) {
    let (name, other) = (random.word(), random.word());
    // A function that names two parameters alike does not compile.
    let third =
        std::iter::repeat_with(|| random.word()).find(|word| *word != other).unwrap_or(name);
    let (number, limit) = (random.below(100_000), random.below(1_000));
    let _ = match random.below(3) {
        0 => write!(
            text,
            "\n\nclass {}{number}:\n    \"\"\"Keeps the {other} of each {third}, at most {limit}.\"\"\"\n\n    def __init__(self, {other}: dict[str, Any], *, limit: int = {limit}) -> None:\n        self._{other} = {other}\n        self.limit = limit\n\n    async def {third}(self, key: str) -> Any | None:\n        # What is not known yet may come with the next {other}.\n        for attempt in range(self.limit):\n            if key in self._{other}:\n                return self._{other}[key]\n            await asyncio.sleep(0.{number})\n        logger.warning(\"no %s for %s after %d tries\", \"{third}\", key, attempt)\n        return None\n",
            capitalised(name)
        ),
        1 => write!(
            text,
            "\n\ndef {name}_{number}({other}: list[dict[str, Any]], {third}: str = \"{name}-{limit}\") -> dict[str, list[Any]]:\n    \"\"\"Groups {other} by their {third}.\n\n    Those without one stand under the empty name.\n    \"\"\"\n    found: dict[str, list[Any]] = {{}}\n    for item in {other}:\n        key = item.get({third}) or \"\"\n        found.setdefault(str(key), []).append(item.get(\"value\", {number}))\n    return {{key: sorted(values, key=repr)[:{limit}] for key, values in found.items()}}\n"
        ),
        _ => write!(
            text,
            "\n\nasync def {name}_{number}({other}: Any, timeout: float = {limit}.5) -> str:\n    try:\n        answer = await asyncio.wait_for({other}.{third}(), timeout=timeout)\n    except (TimeoutError, ValueError) as error:\n        raise RuntimeError(f\"{name} {{error}} after {{timeout}} s\") from error\n    if not isinstance(answer, str) or len(answer) > {number}:\n        return \"{third}\"\n    return answer.strip().removeprefix(\"{other}:\")\n"
        ),
    };
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(characters)
        .collect()
}

/// SplitMix64: the same numbers everywhere, and no dependency. <https://prng.di.unimi.it/splitmix64.c>
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }

    fn word(&mut self) -> &'static str {
        const WORDS: [&str; 32] = [
            "anchor", "beacon", "cargo", "deck", "ensign", "fathom", "galley", "harbour", "island",
            "jetty", "keel", "lantern", "mast", "noon", "oar", "pilot", "quay", "rudder", "sail",
            "tide", "upper", "vessel", "wharf", "yard", "ballast", "compass", "draught", "echo",
            "freight", "gangway", "hull", "inlet",
        ];
        let index = usize::try_from(self.below(32)).unwrap_or_default();
        WORDS.get(index).copied().unwrap_or("zenith")
    }
}
