//! Bad plans are refused with the diagnostics that are stored beside them. A new case is a new file in `plans/bad`.

mod world;

use miette::{GraphicalReportHandler, GraphicalTheme};
use world::{World, plans};

#[test]
fn bad_plans_are_refused_with_what_is_stored() {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(120);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/bad");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, source) in plans("bad") {
        let Err(mistakes) = plan::check(&source, &World) else { panic!("{name} was accepted") };
        let mut drawn = String::new();
        handler.render_report(&mut drawn, &mistakes).expect("a string takes all text");
        for mistake in mistakes.iter() {
            assert!(mistake.line >= 1 && mistake.column >= 1, "{name}: {mistake:?}");
        }
        settings.bind(|| insta::assert_snapshot!(name, drawn));
    }
}
