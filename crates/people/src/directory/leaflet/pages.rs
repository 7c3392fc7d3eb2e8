//! Choosing a leaflet, and the leaflet itself.

use super::*;

commonweal_govuk::page!(pub(super) CHOOSE_PAGE, "directory/leaflets.html", "choose.html");
commonweal_govuk::page!(pub(super) LEAFLET_PAGE, "directory/leaflet.html", "leaflet.html");

/// The audience that is everybody, in addresses.
const EVERYBODY: &str = "everybody";

#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    area: Option<String>,
    audience: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ChooseContext {
    pub(super) areas: Vec<Choice>,
    pub(super) audiences: Vec<Choice>,
}

struct Loaded {
    content: Content,
    directory: Directory,
    places: Vec<Place>,
}

async fn load(state: &GoTo) -> Result<Loaded, PageError> {
    let content = state.content().await?;
    let kinds = content.rules.area_kinds.clone();
    let (directory, areas) = read!(&state.app.db, |tx| {
        Ok::<_, DbError>((
            store::published(tx).await?,
            places::areas(tx, &kinds).await?,
        ))
    })
    .await?;
    let places = all_places(state.app.settings.language, &directory, &areas);
    Ok(Loaded {
        content,
        directory,
        places,
    })
}

pub(super) async fn choose(
    State(state): State<GoTo>,
    visit: Visit,
    Query(chosen): Query<Chosen>,
) -> Result<Response, PageError> {
    let language = state.app.settings.language;
    let loaded = load(&state).await?;
    if let (Some(area), Some(audience)) = (&chosen.area, &chosen.audience) {
        let known = loaded.places.iter().any(|place| place.key == *area);
        if !known || (audience != EVERYBODY && loaded.content.rules.audience(audience).is_none()) {
            return Err(PageError::NotFound);
        }
        let path = format!("/go-to/leaflets/{area}/{audience}");
        return Ok(axum::response::Redirect::to(&path).into_response());
    }
    let everybody = Choice {
        value: EVERYBODY.to_owned(),
        text: t(language, "go_to.leaflet.everybody").into_owned(),
    };
    let audiences = loaded.content.rules.audience.iter();
    let audiences = audiences.map(|audience| Choice {
        value: audience.key.clone(),
        text: audience.name.clone(),
    });
    let context = ChooseContext {
        areas: loaded
            .places
            .iter()
            .map(|place| Choice {
                value: place.key.clone(),
                text: place.name.clone(),
            })
            .collect(),
        audiences: std::iter::once(everybody).chain(audiences).collect(),
    };
    let page = Page::new(&CHOOSE_PAGE, t(language, "go_to.leaflet.title"))
        .breadcrumb(t(language, "go_to.title"), "/go-to");
    state.app.page(&visit, page, &context)
}

async fn made(state: &GoTo, area: &str, audience: &str) -> Result<Leaflet, PageError> {
    let loaded = load(state).await?;
    let place = loaded
        .places
        .iter()
        .find(|place| place.key == area)
        .ok_or(PageError::NotFound)?;
    let audience = Some(audience).filter(|key| *key != EVERYBODY);
    if audience.is_some_and(|key| loaded.content.rules.audience(key).is_none()) {
        return Err(PageError::NotFound);
    }
    let settings = &App::from_ref(state).settings;
    let address = settings
        .address
        .trim_end_matches('/')
        .trim_start_matches("https://")
        .trim_start_matches("http://");
    let today = state.app.clock.today();
    Ok(Leaflet::new(
        settings.language,
        &loaded.content,
        &loaded.directory,
        place,
        audience,
        today,
        address,
    ))
}

#[derive(Debug, Serialize)]
pub(super) struct LeafletContext {
    pub(super) title: String,
    pub(super) leaflet: Leaflet,
    pub(super) pdf: String,
}

pub(super) async fn show(
    State(state): State<GoTo>,
    visit: Visit,
    Path((area, audience)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let language = state.app.settings.language;
    let leaflet = made(&state, &area, &audience).await?;
    let title = leaflet.title(language);
    let context = LeafletContext {
        pdf: format!("/go-to/leaflets/{area}/{audience}/pdf"),
        title: title.clone(),
        leaflet,
    };
    let page = Page::new(&LEAFLET_PAGE, title)
        .breadcrumb(t(language, "go_to.title"), "/go-to")
        .breadcrumb(t(language, "go_to.leaflet.title"), "/go-to/leaflets");
    state.app.page(&visit, page, &context)
}

pub(super) async fn print(
    State(state): State<GoTo>,
    Path((area, audience)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let settings = state.app.settings.clone();
    let leaflet = made(&state, &area, &audience).await?;
    let document = leaflet.document(
        settings.language,
        &settings.partnership_name,
        state.app.clock.today(),
    );
    let now = state.app.clock.now();
    // Laying out takes a while: not on a thread that serves others.
    let made = tokio::task::spawn_blocking(move || pdf::render(&document, now)).await;
    let bytes = made
        .map_err(|error| PageError::Internal(error.to_string()))?
        .map_err(|error| PageError::Internal(error.to_string()))?;
    let name: String = area
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    let disposition = format!("inline; filename=\"leaflet-{name}.pdf\"");
    let mut response = (
        [(
            header::CONTENT_TYPE,
            HeaderValue::from_static(pdf::MEDIA_TYPE),
        )],
        bytes,
    )
        .into_response();
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response
            .headers_mut()
            .insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::tests_support::{content, sample};

    fn leaflet(place: &str, audience: Option<&str>) -> Leaflet {
        let (content, directory) = (content(), sample());
        let places = all_places(
            Language::English,
            &directory,
            &[places::Area {
                code: "D1".to_owned(),
                name: "Seaham".to_owned(),
            }],
        );
        let place = places.iter().find(|known| known.key == place).unwrap();
        Leaflet::new(
            Language::English,
            &content,
            &directory,
            place,
            audience,
            "2026-06-01".parse().unwrap(),
            "asb.example.org",
        )
    }

    #[test]
    fn a_leaflet_holds_what_is_for_its_place_and_people() {
        assert_eq!(
            leaflet("all", None).count,
            1,
            "what is closed for now is left out"
        );
        assert_eq!(leaflet("town-peterlee", Some("victims")).count, 1);
        assert_eq!(leaflet("D1", None).count, 0, "the service is for Peterlee");
        assert_eq!(
            leaflet("all", Some("families")).count,
            0,
            "it is marked for victims"
        );
    }

    #[test]
    fn the_pages_keep_the_rules_and_the_pdf_is_one() {
        let choice = |text: &str| {
            vec![Choice {
                value: "all".to_owned(),
                text: text.to_owned(),
            }]
        };
        commonweal_govuk::check_public_page(
            &CHOOSE_PAGE,
            &ChooseContext {
                areas: choice("Whole"),
                audiences: choice("Everybody"),
            },
        )
        .unwrap();
        for leaflet in [leaflet("all", Some("victims")), leaflet("D1", None)] {
            let document = leaflet.document(
                Language::English,
                "A partnership",
                "2026-06-01".parse().unwrap(),
            );
            let bytes = pdf::render(&document, "2026-06-01T09:00:00Z".parse().unwrap()).unwrap();
            assert!(bytes.starts_with(b"%PDF-"));
            let context = LeafletContext {
                title: "Help".to_owned(),
                leaflet,
                pdf: "/x".to_owned(),
            };
            commonweal_govuk::check_public_page(&LEAFLET_PAGE, &context).unwrap();
        }
    }
}
