//! Builds again when a file is added to a folder that is part of the program: what is read in whole (`include_dir`) is
//! followed file by file only, and a new one would not be seen.

fn main() {
    for folder in ["templates/campaigns", "templates/demo", "templates/starter"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
