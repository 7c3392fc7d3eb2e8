//! The command line: names, flags and their explanations.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The open platform with which a Community Safety Partnership runs its anti-social behaviour work.
#[derive(Debug, Parser)]
#[command(name = "commonweal", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the data are, and how the answer is written.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// The folder that holds files and configuration, and the database unless --database-url moves it
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// PostgreSQL's address; without it the database is SQLite in the data folder
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// Write one JSON object on stdout that says what was done
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the web application
    Serve(Serve),
    /// Serve a made-up partnership to try things in
    Demo(Demo),
    /// Explain every setting, check the database and every form and register
    Check(Common),
    /// Bring the database up to date
    Migrate(Common),
    /// Bring in data that others publish
    #[command(subcommand)]
    Import(Import),
    /// Find hot spots (Getis-Ord Gi*, false discovery rate 5 %) and write them as GeoJSON
    Hotspots(Hotspots),
    /// The audit
    #[command(subcommand)]
    Audit(Audit),
    /// Roles, forms and other content as files
    #[command(subcommand)]
    Content(Content),
    /// Accounts
    #[command(subcommand)]
    User(User),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Content {
    /// Publish each file of a folder that differs from what holds today: all or, where one is wrong, none
    Apply(ContentFolder),
    /// Write everything that holds today into a folder
    Export(ContentFolder),
}

#[derive(Debug, Args)]
pub(crate) struct ContentFolder {
    /// The folder, with a folder for each kind
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add an account; prints a one-time link that sets its password
    Add(UserAdd),
    /// Print a one-time link that sets a new password
    Reset(UserReset),
    /// Disable an account; its sessions end at once
    Disable(UserDisable),
}

#[derive(Debug, Args)]
pub(crate) struct UserAdd {
    /// The person's e-mail address
    #[arg(value_name = "E-MAIL")]
    pub(crate) email: String,
    /// The person's name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// The agency's name
    #[arg(long, value_name = "NAME")]
    pub(crate) agency: String,
    /// A role, such as analyst; may be given more than once
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub(crate) roles: Vec<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct UserReset {
    /// The person's e-mail address
    #[arg(value_name = "E-MAIL")]
    pub(crate) email: String,
    /// Take second factor and passkeys away as well, at once
    #[arg(long)]
    pub(crate) everything: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct UserDisable {
    /// The person's e-mail address
    #[arg(value_name = "E-MAIL")]
    pub(crate) email: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Address and port on which it listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The folder that holds the demo's data; starting again keeps what was done
    #[arg(long, value_name = "DIR", default_value = ".demo")]
    pub(crate) data_dir: PathBuf,
    /// Address and port on which it listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Do not open a browser
    #[arg(long)]
    pub(crate) no_open: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Street-level crime and anti-social behaviour of data.police.uk
    PoliceUk(ImportPoliceUk),
    /// Boundaries: GeoJSON or TopoJSON
    Areas(ImportAreas),
    /// Postcodes with their positions and areas
    Postcodes(ImportFile),
    /// Figures about areas: population, deprivation, tenure
    Context(ImportContext),
    /// Incidents from any CSV, by a profile that says which column is what
    Records(ImportRecords),
    /// Services of another Open Referral directory, for the 'go to' directory
    OpenReferral(ImportOpenReferral),
    /// E-mail messages that somebody sent, each as a report with its files
    Mail(ImportMail),
    /// A partner's file of reports, by a profile that says which column is what
    Reports(ImportReports),
}

#[derive(Debug, Args)]
pub(crate) struct ImportMail {
    /// A message as .eml, or a folder of them
    #[arg(value_name = "FILE|FOLDER")]
    pub(crate) path: PathBuf,
    /// Whose door it is, by the agency's name; not needed where there is one agency
    #[arg(long, value_name = "NAME")]
    pub(crate) agency: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct ImportReports {
    /// The file: CSV, ODS or XLSX
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The profile: KEY of the content intake/import-KEY.toml
    #[arg(long, value_name = "KEY")]
    pub(crate) profile: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct ImportOpenReferral {
    /// The interface's address, such as `https://example.org/o/v3`, or a JSON file, or a folder of them
    #[arg(value_name = "URL|FILE|FOLDER")]
    pub(crate) from: String,
    /// What the other directory is called here; its address or file's name if not said
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// Only services of this organisation, by its id or a part of its name
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) organisation: Option<String>,
    /// The agency that keeps what is new, by its name
    #[arg(long, value_name = "NAME")]
    pub(crate) agency: Option<String>,
    /// Show what is new at once; otherwise it comes in as drafts
    #[arg(long)]
    pub(crate) publish: bool,
    /// Where both changed a field, take theirs; otherwise ours stands and is listed
    #[arg(long)]
    pub(crate) take_theirs: bool,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Read and check everything, write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportFile {
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Read and check everything, write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportAreas {
    #[command(flatten)]
    pub(crate) file: ImportFile,
    /// What kind of areas, such as lsoa, ward or partnership; told by the code's field if not said
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// Their vintage, such as 2021; told by the code's field if not said
    #[arg(long, value_name = "YEAR")]
    pub(crate) vintage: Option<String>,
    /// The property that holds the code; found if not said
    #[arg(long, value_name = "PROPERTY")]
    pub(crate) code_field: Option<String>,
    /// The property that holds the name; found if not said
    #[arg(long, value_name = "PROPERTY")]
    pub(crate) name_field: Option<String>,
    /// The object of a TopoJSON file that holds several
    #[arg(long, value_name = "NAME")]
    pub(crate) object: Option<String>,
    /// Add to the set of this kind and vintage instead of replacing it
    #[arg(long)]
    pub(crate) add: bool,
    /// The first day on which these areas were in force, such as 2025-05-01
    #[arg(long, value_name = "DATE")]
    pub(crate) valid_from: Option<chrono::NaiveDate>,
    /// The last day on which they were in force
    #[arg(long, value_name = "DATE")]
    pub(crate) valid_to: Option<chrono::NaiveDate>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportContext {
    #[command(flatten)]
    pub(crate) file: ImportFile,
    /// A TOML file that says how the figures are laid out; recognised by the header if not said
    #[arg(long, value_name = "FILE")]
    pub(crate) shape: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportRecords {
    #[command(flatten)]
    pub(crate) file: ImportFile,
    /// Who recorded the incidents, such as 'Council wardens'
    #[arg(long, value_name = "NAME")]
    pub(crate) source: String,
    /// A TOML file that says which column is what
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ImportPoliceUk {
    /// Files (.csv, .csv.gz), folders of them, or the official monthly .zip
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Read and check everything, write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Hotspots {
    /// police.uk files or folders, or `database`; not needed with --areas and --value
    #[arg(value_name = "INPUT")]
    pub(crate) input: Vec<PathBuf>,
    /// Cells to count in, such as h3:9 or h3:8
    #[arg(long, value_name = "h3:N", conflicts_with = "areas")]
    pub(crate) cells: Option<String>,
    /// Polygons to count in instead of cells (GeoJSON, any planar coordinates)
    #[arg(long, value_name = "FILE")]
    pub(crate) areas: Option<PathBuf>,
    /// A numeric property of the polygons to look at instead of counting
    #[arg(long, value_name = "PROPERTY", requires = "areas")]
    pub(crate) value: Option<String>,
    /// A property of the polygons that holds residents
    #[arg(
        long,
        value_name = "PROPERTY",
        requires = "areas",
        conflicts_with = "value"
    )]
    pub(crate) population: Option<String>,
    /// Which polygons are neighbours: those that share a corner or an edge
    #[arg(long, value_name = "RULE", requires = "areas", value_parser = ["queen"], default_value = "queen")]
    pub(crate) contiguity: String,
    /// Look at every cell whose centre lies in these areas (GeoJSON or TopoJSON)
    #[arg(long, value_name = "FILE", conflicts_with = "areas")]
    pub(crate) within: Option<PathBuf>,
    /// The first month, such as 2025-01
    #[arg(long, value_name = "MONTH")]
    pub(crate) from: Option<String>,
    /// The last month, included
    #[arg(long, value_name = "MONTH")]
    pub(crate) to: Option<String>,
    /// What to count: asb, all, or a crime type's code such as burglary
    #[arg(long = "type", value_name = "TYPE", default_value = "asb")]
    pub(crate) kind: String,
    /// Where to write the GeoJSON; stdout unless told
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Prove that the sealed audit was not changed
    Verify(AuditVerify),
}

#[derive(Debug, Args)]
pub(crate) struct AuditVerify {
    #[command(flatten)]
    pub(crate) common: Common,
    /// A file of block heads kept elsewhere; the data folder's own unless told
    #[arg(long, value_name = "FILE")]
    pub(crate) heads: Option<PathBuf>,
}
