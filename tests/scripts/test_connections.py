"""Too many connections are refused before anything starts."""

from typing import Any

from scripts.connections import Demand, fault, of_compose


def bundle(replicas: int = 2, concurrency: str = "0", cpus: float = 1.0) -> dict[str, Any]:
    pools = {"DATABASE_POOL_SIZE": "8", "DATABASE_MAX_OVERFLOW": "2"}
    web = {
        "cpus": cpus,
        "deploy": {"replicas": replicas},
        "environment": {"WEB_CONCURRENCY": concurrency, **pools},
    }
    worker = {"environment": {"DATABASE_POOL_SIZE": "2", "DATABASE_MAX_OVERFLOW": "2"}}
    return {"services": {"web": web, "worker": worker, "backup": {}}}


def test_a_deploy_counts_both_releases_and_the_cpus_make_the_workers() -> None:
    assert of_compose(bundle()) == Demand(web_processes=8, web_pool=10, worker=5)
    assert of_compose(bundle(cpus=1.5)).web_processes == 12
    assert of_compose(bundle(concurrency="3")).web_processes == 12


def test_the_bundle_as_it_comes_fits() -> None:
    assert fault(of_compose(bundle()), limit=100) == ""


def test_one_replica_too_many_is_refused_with_the_sum_and_what_to_do() -> None:
    sentence = fault(of_compose(bundle(replicas=3)), limit=100)
    assert "may open 132 (web 12 × 10, worker 5, migration 1," in sentence
    assert "PostgreSQL takes 97" in sentence
    assert "WEB_REPLICAS" in sentence


def test_the_worker_is_told_what_nobody_else_measures() -> None:
    assert of_compose(bundle()).others == "surge=40,migration=1,monitoring=3,backup=3"


def test_a_bundle_without_a_backup_service_has_room_for_more() -> None:
    config = bundle()
    del config["services"]["backup"]
    assert of_compose(config).total == of_compose(bundle()).total - 3


def test_behind_pgbouncer_its_pool_counts_however_many_replicas_there_are() -> None:
    config = bundle(replicas=50)
    config["services"]["pgbouncer"] = {}
    assert of_compose(config).total == 30 + 5 + 1 + 3 + 3
    assert fault(of_compose(config), limit=100) == ""


def test_behind_pgbouncer_more_clients_than_it_takes_are_refused() -> None:
    config = bundle(replicas=51)
    config["services"]["pgbouncer"] = {}
    assert "PgBouncer takes 2000" in fault(of_compose(config), limit=100)
