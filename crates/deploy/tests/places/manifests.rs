//! Every document is the typed object that it says it is, with no field that the type does not have.

use deploy::bundle::Bundle;
use deploy::{credentials, kubernetes};
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeSet;

use crate::fleet;

fn documents(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).unwrap()
}

fn all(bundle: &Bundle) -> Vec<Value> {
    bundle.files().flat_map(|(_, text)| documents(text)).collect()
}

/// A field that the type doesn't know is lost on the way through it, and then the two differ.
fn is_whole<T: Serialize + DeserializeOwned>(value: &Value) -> Result<(), String> {
    let typed: T = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    let back = serde_json::to_value(&typed).unwrap();
    difference(value, &back).map_or(Ok(()), |place| Err(format!("what the type makes of it differs at {place}")))
}

/// The first place where two values differ.
fn difference(one: &Value, other: &Value) -> Option<String> {
    let below = |key: String, inner: Option<String>| inner.map(|inner| format!("{key}.{inner}"));
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            keys.into_iter().find_map(|key| match (one.get(key), other.get(key)) {
                (Some(one), Some(other)) => below(key.clone(), difference(one, other)),
                _ => Some(key.clone()),
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(index, (one, other))| below(index.to_string(), difference(one, other)))
        }
        (one, other) => (one != other).then(|| format!("{one} and {other}")),
    }
}

fn is_typed(value: &Value) -> Result<(), String> {
    let text = |key: &str| value[key].as_str().unwrap_or_default();
    match (text("apiVersion"), text("kind")) {
        ("v1", "Namespace") => is_whole::<Namespace>(value),
        ("v1", "ConfigMap") => is_whole::<ConfigMap>(value),
        ("v1", "Secret") => is_whole::<Secret>(value),
        ("v1", "Service") => is_whole::<Service>(value),
        ("apps/v1", "StatefulSet") => is_whole::<StatefulSet>(value),
        ("policy/v1", "PodDisruptionBudget") => is_whole::<PodDisruptionBudget>(value),
        ("networking.k8s.io/v1", "NetworkPolicy") => is_whole::<NetworkPolicy>(value),
        (version, kind) => Err(format!("{version} {kind} is not known to this test")),
    }
}

#[test]
fn every_document_is_the_typed_object_that_it_says_it_is() {
    let documents = all(&kubernetes::bundle(&fleet()).unwrap());
    assert_eq!(documents.len(), 2 + 6 + (2 + 4 + 4) + (2 + 4 + 3), "none was lost on the way");
    for document in documents {
        assert_eq!(is_typed(&document), Ok(()));
    }
}

#[test]
fn a_field_that_no_type_has_is_found() {
    let mut documents = all(&kubernetes::bundle(&fleet()).unwrap());
    let set = documents.iter_mut().find(|document| document["kind"] == "StatefulSet").unwrap();
    set["spec"]["template"]["spec"]["ulimits"] = Value::Bool(true);
    assert!(is_typed(set).unwrap_err().contains("ulimits"));
    set["spec"]["template"]["spec"].as_object_mut().unwrap().shift_remove("ulimits");
    set["spec"]["replicas"] = Value::String("three".to_owned());
    assert!(is_typed(set).is_err());
}

#[test]
fn the_secrets_that_credentials_writes_are_those_that_the_manifests_name() {
    let folder = tempfile::tempdir().unwrap();
    credentials::issue(&fleet(), folder.path(), crate::credentials::terms()).unwrap();
    let bundle = kubernetes::bundle(&fleet()).unwrap();
    for cluster in ["hub", "eu-west-1", "ap-northeast-1"] {
        let text = std::fs::read_to_string(folder.path().join(format!("kubernetes/{cluster}.yaml"))).unwrap();
        let secrets = documents(&text);
        let mut made = BTreeSet::new();
        for secret in &secrets {
            assert_eq!(is_typed(secret), Ok(()));
            made.insert(secret["metadata"]["name"].as_str().unwrap().to_owned());
        }
        let files = bundle.files().filter(|(path, _)| path.starts_with(cluster));
        let volumes = files.flat_map(|(_, text)| documents(text)).flat_map(|document| {
            document["spec"]["template"]["spec"]["volumes"].as_array().cloned().unwrap_or_default()
        });
        let named: BTreeSet<String> =
            volumes.filter_map(|volume| Some(volume["secret"]["secretName"].as_str()?.to_owned())).collect();
        assert!(!named.is_empty());
        assert_eq!(named, made, "{cluster}");
    }
}

#[test]
fn what_refers_to_something_refers_to_something_that_is_there() {
    let bundle = kubernetes::bundle(&fleet()).unwrap();
    for cluster in ["hub", "eu-west-1", "ap-northeast-1"] {
        let own: Vec<Value> = bundle
            .files()
            .filter(|(path, _)| path.starts_with(cluster))
            .flat_map(|(_, text)| documents(text))
            .collect();
        let names = |kind: &str| -> BTreeSet<&str> {
            own.iter().filter(|one| one["kind"] == kind).map(|one| one["metadata"]["name"].as_str().unwrap()).collect()
        };
        let pods: Vec<&Value> = own
            .iter()
            .filter(|one| one["kind"] == "StatefulSet")
            .map(|set| &set["spec"]["template"]["metadata"]["labels"])
            .collect();
        let chosen = |labels: &Value| {
            pods.iter().filter(|pod| labels.as_object().unwrap().iter().all(|(key, value)| pod[key] == *value)).count()
        };
        for set in own.iter().filter(|one| one["kind"] == "StatefulSet") {
            let spec = &set["spec"];
            assert!(names("Service").contains(spec["serviceName"].as_str().unwrap()));
            assert_eq!(chosen(&spec["selector"]["matchLabels"]), 1, "a set chooses its own pods and no other's");
            let config = &spec["template"]["spec"]["volumes"][0]["configMap"]["name"];
            assert!(config.as_str().is_none_or(|name| names("ConfigMap").contains(name)));
        }
        for service in own.iter().filter(|one| one["kind"] == "Service") {
            assert!(chosen(&service["spec"]["selector"]) > 0);
        }
        for policy in own.iter().filter(|one| one["kind"] == "NetworkPolicy") {
            let labels = &policy["spec"]["podSelector"]["matchLabels"];
            assert!(labels.is_null() || chosen(labels) > 0);
        }
    }
}

#[test]
fn no_pod_has_a_right_that_it_does_not_need() {
    for document in all(&kubernetes::bundle(&fleet()).unwrap()) {
        let pod = &document["spec"]["template"]["spec"];
        if pod.is_null() {
            continue;
        }
        assert_eq!(pod["automountServiceAccountToken"], false);
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
        for container in pod["containers"].as_array().unwrap() {
            let security = &container["securityContext"];
            assert_eq!(security["readOnlyRootFilesystem"], true);
            assert_eq!(security["allowPrivilegeEscalation"], false);
            assert_eq!(security["capabilities"]["drop"][0], "ALL");
            assert!(container["resources"]["limits"]["memory"].is_string());
            for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
                let port = container[probe]["httpGet"]["port"].as_str().unwrap();
                let ports = container["ports"].as_array().unwrap();
                assert!(ports.iter().any(|own| own["name"] == port), "{probe} asks a port that is there");
            }
        }
    }
}

#[test]
fn the_same_fleet_gives_the_same_files() {
    let text = |bundle: &Bundle| {
        bundle.files().fold(String::new(), |all, (path, text)| format!("{all}=== {}\n{text}", path.display()))
    };
    let bundle = kubernetes::bundle(&fleet()).unwrap();
    assert_eq!(bundle, kubernetes::bundle(&fleet()).unwrap());
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("kubernetes", text(&bundle)));
    let units = deploy::systemd::bundle(&fleet(), &deploy::systemd::Programs::default()).unwrap();
    settings.bind(|| insta::assert_snapshot!("systemd", text(&units)));
}

#[test]
fn without_an_image_there_are_no_manifests() {
    let fleet = deploy::fleet::Fleet::read("hub.addresses = [\"h\"]\n[[region]]\nname = \"eu\"\nagents = 1\n").unwrap();
    assert_eq!(kubernetes::bundle(&fleet), Err(kubernetes::KubernetesError::NoImage));
}
