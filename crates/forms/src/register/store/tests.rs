use commonweal_core::on_both;

on_both! {
    async fn every_statement_is_good(db: Db) {
        assert_eq!(commonweal_core::testing::prepare_every_statement(&db).await, Vec::<String>::new());
    }
}
