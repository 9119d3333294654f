//! Good plans become the resolved plan that is stored beside them. A new case is a new file in `plans/good`.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod world;

use world::{World, plans};

#[test]
fn good_plans_resolve_to_what_is_stored() {
    for (name, source) in plans("good") {
        let resolved = match plan::check(&source, &World) {
            Ok(resolved) => resolved,
            Err(mistakes) => panic!("{name}: {:?}", miette::Report::new(mistakes)),
        };
        let settings = {
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path("snapshots/good");
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings
        };
        let text = serde_json::to_string_pretty(&resolved).unwrap();
        settings.bind(|| insta::assert_snapshot!(name, text));
    }
}
