//! PDFs that lead in circles or claim nonsense about themselves, and whatever bytes.

use docmill_pdf::{FactsPart, Limits, facts};
use lopdf::{Dictionary, Object, ObjectId, dictionary};
use proptest::prelude::*;

use super::{everything, facts_of, literal, rows, three_pages, with_catalog};

#[test]
fn outlines_that_lead_in_circles() {
    let (mut document, pages) = three_pages();
    let [a, b] = [document.new_object_id(), document.new_object_id()];
    let item = |title: &str, first: ObjectId, next: ObjectId| {
        dictionary! { "Title" => literal(title), "First" => first, "Next" => next, "Dest" => vec![pages[0].into()] }
    };
    document.set_object(a, item("a", b, a));
    document.set_object(b, item("b", a, b));
    with_catalog(&mut document, dictionary! { "Outlines" => dictionary! { "First" => a } });
    let facts = facts_of(document);
    let titles: Vec<(&str, u32)> =
        facts.outline.iter().map(|item| (item.title.as_str(), item.level)).collect();
    assert_eq!((titles, facts.truncated), (vec![("a", 1), ("b", 2)], vec![]));
}

#[test]
fn outlines_too_long_and_too_deep() {
    for (key, count, expected) in [("Next", 10_001, 10_000), ("First", 100, 64)] {
        let (mut document, _) = three_pages();
        let mut item = document.add_object(dictionary! { "Title" => literal("last") });
        for _ in 1..count {
            item = document.add_object(dictionary! { "Title" => literal("x"), key => item });
        }
        with_catalog(&mut document, dictionary! { "Outlines" => dictionary! { "First" => item } });
        let facts = facts_of(document);
        assert_eq!((facts.outline.len(), facts.truncated), (expected, vec![FactsPart::Outline]), "{key}");
    }
}

#[test]
fn destinations_that_lead_nowhere() {
    let destinations: [Object; 7] = [
        literal("unknown"),
        vec![Object::Integer(3)].into(),
        vec![Object::Integer(-1)].into(),
        Object::Array(Vec::new()),
        vec![Object::Reference((9_999, 0))].into(),
        Object::Reference((9_999, 0)),
        Dictionary::new().into(),
    ];
    for destination in destinations {
        let (mut document, _) = three_pages();
        let item =
            document.add_object(dictionary! { "Title" => literal("x"), "Dest" => destination.clone() });
        with_catalog(&mut document, dictionary! { "Outlines" => dictionary! { "First" => item } });
        assert_eq!(facts_of(document).outline[0].page, None, "{destination:?}");
    }
}

#[test]
fn forms_that_lead_in_circles() {
    let (mut document, _) = three_pages();
    let [a, b] = [document.new_object_id(), document.new_object_id()];
    document.set_object(a, dictionary! { "T" => literal("a"), "Kids" => vec![a.into(), b.into()] });
    document.set_object(
        b,
        dictionary! { "T" => literal("b"), "FT" => "Tx", "V" => literal("x"), "Kids" => Object::Null },
    );
    let fields = vec![a.into(), a.into(), b.into()];
    with_catalog(&mut document, dictionary! { "AcroForm" => dictionary! { "Fields" => fields } });
    assert_eq!(rows(&facts_of(document)), ["a.b Text Some(\"x\") None"]);
}

#[test]
fn a_form_whose_fields_share_one_huge_list() {
    let (mut document, _) = three_pages();
    let list = document.new_object_id();
    let fields: Vec<Object> = (0..2_000)
        .map(|_| document.add_object(dictionary! { "T" => literal("f"), "Kids" => list }).into())
        .collect();
    document.set_object(list, fields.clone());
    with_catalog(&mut document, dictionary! { "AcroForm" => dictionary! { "Fields" => fields } });
    let facts = facts_of(document);
    assert!(facts.form_fields.len() < 2_000);
    assert_eq!(facts.truncated, [FactsPart::FormFields]);
}

#[test]
fn a_form_with_too_many_fields_in_several_lists() {
    let (mut document, _) = three_pages();
    let leaf = document.add_object(dictionary! { "T" => literal("f"), "FT" => "Tx" });
    let mut above = |name: &str| -> Object {
        let kids = vec![Object::from(leaf); 30_000];
        document.add_object(dictionary! { "T" => literal(name), "Kids" => kids }).into()
    };
    let fields = vec![above("a"), above("b")];
    with_catalog(&mut document, dictionary! { "AcroForm" => dictionary! { "Fields" => fields } });
    let facts = facts_of(document);
    assert_eq!(rows(&facts), ["a.f Text None None"]);
    assert_eq!(facts.truncated, [FactsPart::FormFields]);
}

#[test]
fn a_deep_form() {
    let (mut document, _) = three_pages();
    let mut field = document.add_object(dictionary! { "T" => literal("leaf"), "FT" => "Tx" });
    for _ in 0..100 {
        field = document.add_object(dictionary! { "T" => literal("x"), "Kids" => vec![field.into()] });
    }
    with_catalog(&mut document, dictionary! { "AcroForm" => dictionary! { "Fields" => vec![field.into()] } });
    let facts = facts_of(document);
    assert_eq!((rows(&facts).len(), facts.truncated), (0, vec![FactsPart::FormFields]));
}

#[test]
fn labels_that_claim_nonsense() {
    let check = |nums: Vec<Object>, expected: &[&str]| {
        let (mut document, _) = three_pages();
        let tree = document.new_object_id();
        // The tree is its own child.
        document.set_object(tree, dictionary! { "Nums" => nums, "Kids" => vec![tree.into()] });
        with_catalog(&mut document, dictionary! { "PageLabels" => tree });
        let facts = facts_of(document);
        assert_eq!(facts.page_labels, expected);
        assert_eq!(facts.truncated, []);
    };
    let style = |style: &str, start: i64| Object::from(dictionary! { "S" => style, "St" => start });
    check(vec![], &[]);
    check(vec![7.into(), style("D", 1)], &[]);
    check(vec![(-1).into(), style("D", 1)], &[]);
    check(vec![1.into(), style("D", 5)], &["1", "5", "6"]);
    check(
        vec![0.into(), style("a", i64::MAX)],
        &["9223372036854775807", "9223372036854775808", "9223372036854775809"],
    );
    check(vec![0.into(), style("R", -3)], &["I", "II", "III"]);
    check(vec![0.into(), style("x", 1)], &["", "", ""]);
    check(vec![0.into(), literal("x"), 1.into(), style("D", 1), 2.into()], &["1", "1", "2"]);
}

#[test]
fn wrong_kinds_everywhere() {
    let wrong = |index: usize| -> Object {
        match index {
            0 => Object::Null,
            1 => 7.into(),
            2 => literal("x"),
            3 => Object::Array(vec![Object::Null, 1.into()]),
            4 => dictionary! { "First" => 1, "Fields" => 2, "Nums" => 3, "Kids" => 4, "Names" => 5 }.into(),
            _ => Object::Reference((9_999, 0)),
        }
    };
    for index in 0..6 {
        let mut document = everything();
        let ids: Vec<ObjectId> = document.objects.keys().copied().collect();
        for key in ["AcroForm", "Outlines", "PageLabels", "Names", "Dests"] {
            document.catalog_mut().unwrap().set(key, wrong(index));
        }
        document.trailer.set("Info", wrong(index));
        let found = facts_of(document);
        assert_eq!((found.outline.len(), found.form_fields.len()), (0, 0), "{index}");
        for id in ids {
            for key in ["T", "V", "Kids", "Title", "Dest", "First", "Next", "P", "FT", "Annots"] {
                let mut document = everything();
                if let Ok(dictionary) = document.get_dictionary_mut(id)
                    && dictionary.has(key.as_bytes())
                    && !dictionary.has_type(b"Pages")
                {
                    dictionary.set(key, wrong(index));
                    facts_of(document);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn mutated_bytes_never_panic(
        is_modern: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = Vec::new();
        match is_modern {
            true => everything().save_modern(&mut bytes).unwrap(),
            false => everything().save_to(&mut bytes).unwrap(),
        }
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(found) = facts(bytes.clone(), None, &Limits::default()) {
            prop_assert!(found.outline.iter().all(|item| item.page.is_none_or(|page| page >= 1)));
            prop_assert_eq!(facts(bytes, None, &Limits::default()), Ok(found));
        }
    }
}
