//! Refuses early, and clearly, when the styles, scripts and official templates have not been built.

use std::path::Path;

fn main() -> Result<(), String> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    for part in ["manifest.json", "assets", "templates/govuk_frontend_jinja"] {
        let path = dist.join(part);
        if !path.exists() {
            return Err(format!(
                "{} is missing: run `make web` (or web/build.sh), which builds styles and scripts with npm \
                 and fetches the official templates",
                path.display()
            ));
        }
    }
    Ok(())
}
