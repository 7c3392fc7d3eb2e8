//! Prints the JSON Schema of definitions, as it lies in `data/schema`.

#![expect(clippy::print_stdout, reason = "this is what the example is for")]

fn main() {
    println!("{:#}", commonweal_forms::definition::schema::json());
}
