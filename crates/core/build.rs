//! Cargo notices a new migration only when told where they lie.
fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
