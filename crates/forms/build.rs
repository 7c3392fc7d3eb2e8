//! Cargo notices a new definition only when told where they lie.
fn main() {
    println!("cargo:rerun-if-changed=../../data/forms");
    println!("cargo:rerun-if-changed=../../data/registers");
}
