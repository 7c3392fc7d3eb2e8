//! Every setting there is: name, type, default and explanation, once.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::kind::{Colour, Kind, LogFormat, Secret, WebAddress};
use super::read::{Reader, Source};

/// One setting, as `commonweal check` and the operations guide explain it.
#[derive(Debug)]
pub struct Setting {
    /// Its name, `section.key`: so it stands in `commonweal.toml`.
    pub name: &'static str,
    /// Its value where nobody sets it; empty for none.
    pub default: &'static str,
    /// What a right value looks like.
    pub form: &'static str,
    /// Whether its value is never shown.
    pub secret: bool,
    /// What it does.
    pub explanation: &'static str,
}

macro_rules! settings {
    ($(
        $(#[$meta:meta])*
        $section:ident: $name:ident {
            $($key:ident: $type:ty = $default:literal, $explanation:literal;)+
        }
    )+) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone)]
            pub struct $name {
                $(#[doc = $explanation] pub $key: $type,)+
            }
        )+

        /// All settings, read and checked.
        #[derive(Debug, Clone)]
        pub struct Config {
            /// The folder that holds files and configuration, and the database unless
            /// `database.url` moves it.
            pub data_dir: PathBuf,
            $($(#[$meta])* pub $section: $name,)+
            pub(super) sources: Vec<(String, Source)>,
        }

        /// Every setting, in the order in which it is explained.
        pub static SETTINGS: &[Setting] = &[$($(Setting {
            name: concat!(stringify!($section), ".", stringify!($key)),
            default: $default,
            form: <$type as Kind>::FORM,
            secret: <$type as Kind>::SECRET,
            explanation: $explanation,
        },)+)+];

        impl Config {
            /// Takes every setting, so that all problems are found, not only the first.
            pub(super) fn take(data_dir: PathBuf, reader: &mut Reader) -> Option<Self> {
                $(let $section = {
                    $(let $key: Option<$type> = reader.take(concat!(stringify!($section), ".", stringify!($key)), $default);)+
                    (|| Some($name { $($key: $key?,)+ }))()
                };)+
                Some(Self { data_dir, $($section: $section?,)+ sources: Vec::new() })
            }
        }
    };
}

settings! {
    /// Where the database is.
    database: Database {
        url: Option<Secret> = "", "PostgreSQL's address, `postgres://user:password@host/database`, where several copies share one database. Empty: SQLite, the file `commonweal.db` in the data folder.";
    }
    /// How the application is reached.
    server: Server {
        listen: SocketAddr = "127.0.0.1:8080", "Address and port on which it listens.";
        public_url: Option<WebAddress> = "", "The address that people type, used in mail and for passkeys. Empty: made from `server.listen`.";
        behind_tls: bool = "false", "`true` where a proxy in front speaks HTTPS: cookies are then sent over HTTPS only and browsers are told to insist on it (HSTS).";
        request_seconds: u32 = "30", "Seconds after which a request is given up.";
        shutdown_seconds: u32 = "30", "Seconds that requests and jobs in hand get to finish at shutdown.";
    }
    /// How the partnership presents itself.
    partnership: Partnership {
        name: String = "Community safety partnership", "The name in the header of each page, in documents and in mail.";
        colour: Colour = "#1d70b8", "The header's colour. White text must be readable on it.";
        logo: Option<PathBuf> = "", "An SVG or PNG file for the header; a relative path starts in the data folder.";
        contact: Option<String> = "", "A telephone number or mail address shown where something went wrong.";
    }
    /// How long somebody stays signed in, and what a password must be.
    sign_in: SignIn {
        idle_minutes: u32 = "30", "Minutes without a request after which a session ends.";
        session_hours: u32 = "12", "Hours after which a session ends in any case.";
        tries: u32 = "5", "Wrong passwords in a row before further tries are slowed down.";
    }
    /// Sign-in with the accounts of an organisation (OpenID Connect).
    oidc: Oidc {
        issuer: Option<WebAddress> = "", "The issuer's address, such as `https://login.microsoftonline.com/TENANT/v2.0`. Empty: not offered.";
        client_id: Option<String> = "", "The client id that the issuer gave this application.";
        client_secret: Option<Secret> = "", "The client secret that the issuer gave this application.";
        label: String = "your organisation's account", "What the button says: 'Sign in with …'.";
    }
    /// Mail.
    mail: Mail {
        smtp_url: Option<Secret> = "", "The mail server, `smtps://user:password@host:465` or `smtp://host:587?tls=required`. Empty: mail stays in the outbox, where an administrator reads it.";
        from: String = "commonweal@localhost", "The address that mail comes from.";
        reply_to: Option<String> = "", "The address that answers go to, where it is another.";
    }
    /// Text messages.
    texts: Texts {
        notify_key: Option<Secret> = "", "An API key of GOV.UK Notify. Empty: text messages stay in the outbox, where an administrator reads them.";
        notify_template: Option<String> = "", "The id of a text message template at GOV.UK Notify whose whole content is `((message))`.";
    }
    /// What the public may send.
    reports: Reports {
        free_per_hour: u32 = "20", "Reports that may be begun from one network address in an hour before a simple question is asked first. A library or a block of flats shares an address.";
        most_per_hour: u32 = "300", "Reports that may be begun from one network address in an hour at all.";
    }
    /// Files that may be indecent images of a child. Nobody is sent such a file: they are told that there is one.
    illegal_images: IllegalImages {
        police_mail: Option<String> = "", "The mail address of the police contact who is alerted when somebody marks a file. Empty: only the data protection officers are.";
        police_contact: Option<String> = "", "Whom to call, and on which number, as the page shows it to whoever marked a file. Empty: 101, or 999 where a child is in danger.";
    }
    /// Maps.
    map: Map {
        basemap: Option<WebAddress> = "", "Tile address with `{z}/{x}/{y}`, or of a PMTiles file. Empty: only this application's own layers, so that no third party learns where people look.";
        attribution: Option<String> = "", "The credit that the basemap's owner asks for.";
    }
    /// What may be uploaded.
    uploads: Uploads {
        max_megabytes: u32 = "25", "The largest photograph or document, in megabytes.";
        import_max_megabytes: u32 = "2000", "The largest file for an import, in megabytes.";
        orphan_hours: u32 = "24", "Hours after which an uploaded file that no record names is removed.";
    }
    /// How long things are kept; records of cases follow their own schedule.
    retention: Retention {
        mail_days: u32 = "90", "Days for which sent mail stays in the outbox.";
        searches_hours: u32 = "24", "Hours for which the words of a search are kept behind its link.";
        jobs_days: u32 = "30", "Days for which finished jobs are listed.";
    }
    /// Work in the background.
    jobs: Jobs {
        workers: u32 = "2", "Jobs that one copy of the application does at the same time.";
        tries: u32 = "8", "How often a job is tried before it is laid aside for an administrator.";
    }
    /// Logs and measurements. Neither holds personal data.
    log: Log {
        format: LogFormat = "human", "How log lines are written.";
        level: String = "info", "What is logged: `error`, `warn`, `info`, `debug` or `trace`, or per module, such as `info,commonweal_core=debug`.";
        metrics_token: Option<Secret> = "", "The bearer token that `/metrics` asks for. Empty: it answers this machine only.";
    }
}
