use std::path::Path;

use commonweal_core::on_both;
use jsonschema::Validator;
use serde_json::Value;
use uuid::Uuid;

use super::export;
use crate::directory::tests::{Stage, fill};
use crate::directory::tests_support::{content, sample};

/// The standard's schema; none where the shared folder is absent.
pub(crate) fn schema() -> Option<Validator> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/official/openreferral_uk_3.0_schema_service_compiled.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        commonweal_core::testing::skipped(&format!("{} is absent", path.display()));
        return None;
    };
    let schema: Value = serde_json::from_str(&text).unwrap();
    Some(
        jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap(),
    )
}

pub(crate) fn faults(schema: &Validator, value: &Value) -> Vec<String> {
    schema
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn every_service_passes_the_standards_schema() {
    let Some(schema) = schema() else { return };
    let (content, directory) = (content(), sample());
    for entry in &directory.services {
        let mut value = export::service(&content.needs, &directory, entry);
        if !crate::directory::model::entry::is_web_address(
            value["url"].as_str().unwrap_or("https://x.example"),
        ) {
            value.as_object_mut().unwrap().remove("url");
        }
        assert_eq!(faults(&schema, &value), Vec::<String>::new(), "{value:#}");
    }
    let wrong = serde_json::json!({ "id": "x", "name": 1 });
    assert!(
        !faults(&schema, &wrong).is_empty(),
        "the schema does refuse something"
    );
}

on_both! {
    async fn the_interface_answers_as_the_standard_says(db: Db) {
        let stage = Stage::new(&db).await;
        fill(&stage, (None, None)).await;
        let ids = |value: &Value| value["contents"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let root = stage.get("/openreferral/", None).await;
        assert_eq!(root.headers["access-control-allow-origin"], "*");
        assert!(root.json()["openapi_url"].as_str().unwrap().ends_with("/openreferral/openapi.json"));
        assert!(stage.get("/openreferral/openapi.json", None).await.json()["paths"]["/services"].is_object());
        let list = stage.get("/openreferral/services", None).await.json();
        assert_eq!((list["total_items"].as_i64(), list["page_number"].as_i64(), list["last_page"].as_bool(), list["empty"].as_bool()), (Some(1), Some(1), Some(true), Some(false)));
        assert_eq!(ids(&list), [Uuid::from_u128(12).to_string()], "no draft");
        assert!(list["contents"][0].get("schedules").is_none() && list["contents"][0]["organization"]["name"] == "The council");
        let full = stage.get(&format!("/openreferral/services/{}", Uuid::from_u128(12)), None).await.json();
        assert_eq!(full["service_at_locations"][0]["location"]["addresses"][0]["city"], "Peterlee");
        assert_eq!(full["attributes"][0]["taxonomy_term"]["name"], "Noise");
        if let Some(schema) = schema() {
            assert_eq!(faults(&schema, &full), Vec::<String>::new());
            assert_eq!(faults(&schema, &list["contents"][0]), Vec::<String>::new());
        }
        let term = full["attributes"][0]["taxonomy_term"]["id"].as_str().unwrap().to_owned();
        let taxonomy = full["attributes"][0]["taxonomy_term"]["taxonomy_id"].as_str().unwrap().to_owned();
        for (query, found) in [
            ("search=noise", 1), ("search=xyzzy", 0), ("page=2", 0), ("minimum_age=11", 1), ("minimum_age=12", 0), ("maximum_age=99", 1),
            ("maximum_age=98", 0), ("start_time=09:00&day=MO", 1), ("start_time=09:01", 0), ("end_time=16:00", 0), ("day=WE", 0),
            ("modified_after=2020-01-01", 1), ("modified_after=2099-01-01T00:00:00Z", 0), ("full=true", 1), ("minimal=true", 1),
            (&format!("taxonomy_term_id={term}"), 1), (&format!("taxonomy_id={taxonomy}"), 1), (&format!("taxonomy_id={}", Uuid::nil()), 0),
            (&format!("organization_id={}", Uuid::from_u128(1)), 1),
        ] {
            let answer = stage.get(&format!("/openreferral/services?{query}"), None).await;
            assert_eq!(answer.status, 200, "{query}");
            assert_eq!(ids(&answer.json()).len(), found, "{query}");
        }
        for query in ["page=0", "per_page=1000", "day=never", "proximity=5", "postcode=x", "postcode=ZZ1+1AA", "modified_after=soon"] {
            let answer = stage.get(&format!("/openreferral/services?{query}"), None).await;
            assert_eq!(answer.status, 400, "{query}");
            assert_eq!(answer.headers["access-control-allow-origin"], "*");
            assert!(answer.json()["detail"].as_str().unwrap().contains(query.split('=').next().unwrap()));
        }
        let places = stage.get("/openreferral/service_at_locations", None).await.json();
        let place = ids(&places).remove(0);
        assert_eq!(stage.get(&format!("/openreferral/service_at_locations/{place}"), None).await.json()["service"]["name"], "Quiet nights <b>");
        let organization = stage.get(&format!("/openreferral/organizations/{}", Uuid::from_u128(1)), None).await.json();
        assert_eq!(organization["services"].as_array().unwrap().len(), 1);
        assert_eq!(stage.get("/openreferral/organizations?search=council", None).await.json()["total_items"], 1);
        assert_eq!(stage.get("/openreferral/taxonomies", None).await.json()["total_items"], 1);
        assert!(stage.get(&format!("/openreferral/taxonomies/{taxonomy}"), None).await.json()["taxonomy_terms"].as_array().unwrap().len() > 30);
        assert_eq!(stage.get(&format!("/openreferral/taxonomy_terms/{term}"), None).await.json()["name"], "Noise");
        assert!(stage.get("/openreferral/taxonomy_terms?per_page=5", None).await.json()["total_pages"].as_i64().unwrap() > 5);
        for path in ["services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms"] {
            let answer = stage.get(&format!("/openreferral/{path}/{}", Uuid::from_u128(13)), None).await;
            assert_eq!(answer.status, 404, "{path}");
        }
    }
}
