# Every task of the project. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run shell release release-index alarms rehearsal rolling up deploy doctor rollback reload report backup backup-verify restore down ps logs images sbom base-image secrets certs engine k8s-site k8s-check k8s-render k8s-docs test lint fuzz mixed format coverage settings slo translations lock clean soak-recycles metrics attacks asvs

PORT ?= 8000
N ?= 20000
HOST ?= 127.0.0.1
DATA_DIR ?= instance
SITE_URL ?= http://$(HOST):$(PORT)
BIN := .venv/bin
EMBEDDED := APP_ENV=default HOST=$(HOST) PORT=$(PORT) DATA_DIR=$(DATA_DIR) SITE_URL=$(SITE_URL)

##@ Use
help: ## List the tasks
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	/^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/runtime ## Serve the blog: make run [PORT=8000] [HOST=127.0.0.1] [DATA_DIR=instance]
	@$(EMBEDDED) $(BIN)/gunicorn --config gunicorn.conf.py

shell: .venv/runtime ## Open a Python shell in the application
	@$(EMBEDDED) $(BIN)/flask shell

##@ Bundle
up: ## Start the whole bundle in containers; ends when the site answers: make up [PROFILE=monitoring]
	@scripts/up

deploy: ## Bring a release without a failed request: make deploy TAG=…
	@scripts/deploy $(TAG)

doctor: ## Say what is wrong with this deployment, before and after it starts
	@scripts/doctor

release: ## Build, sign and pack a release: make release VERSION=1.2.3 COSIGN_KEY=… [REGISTRY=…]
	@scripts/release $(VERSION)

release-index: ## Join a release's images of several machines: make release-index VERSION=… KINDS="amd64 arm64"
	@scripts/join $(VERSION) $(KINDS)

.PHONY: rebuild
rebuild: ## Build the images anew with today's packages and publish them: make rebuild REGISTRY=…
	@scripts/rebuild

rollback: ## Return to the release before the last deploy
	@scripts/rollback

reload: ## Have the edge read certificates and settings again, without a lost request
	@scripts/reload

backup: ## Take a base backup now, and list what can be restored
	@scripts/backup

backup-verify: ## Restore the newest backup into scratch and compare it, row by row
	@scripts/backup verify

restore: ## Restore: make restore [TIME=… | LSN=…] [INTO=production]; into scratch otherwise
	@scripts/restore

report: .venv/dev ## Draw the dashboards to build/report.html: make report [HOURS=3] [PROMETHEUS=http://…]
	@$(BIN)/python -m scripts.dashboards.report --hours $(or $(HOURS),3) \
		--prometheus $(or $(PROMETHEUS),http://127.0.0.1:9090)

down: ## Stop the bundle; its data stays
	@scripts/bundle down

ps: ## Show the bundle's containers and their health
	@scripts/bundle ps --all

logs: ## Follow the bundle's logs: make logs [SERVICE=web]
	@scripts/bundle logs --follow --tail 50 $(SERVICE)

images: ## Build the images: make images [BASE=debian:trixie-slim]
	@scripts/images

sbom: ## List what is in each image (CycloneDX) in build/sbom
	@scripts/sboms

base-image: ## Bootstrap the images' base from Debian's packages
	@scripts/engine && scripts/base-image $(or $(BASE),ironpress-base:trixie)

secrets: ## Make the secrets of the bundle that are not there yet
	@scripts/secrets

certs: ## Make a local CA and a certificate for SITE_HOST
	@scripts/certs

engine: ## Make sure that a container engine answers
	@scripts/engine

##@ Kubernetes
k8s-site: ## Write host, secrets and certificate of an overlay: make k8s-site OVERLAY=dev SITE_HOST=…
	@scripts/k8s-site "$(OVERLAY)"

k8s-check: .venv/dev ## Say whether an overlay fits its quota and the database: make k8s-check OVERLAY=dev
	@$(BIN)/python -m scripts.k8s $(OVERLAY)

k8s-render: .venv/dev ## Print an overlay's manifests, unless they do not fit: make -s k8s-render OVERLAY=dev
	@$(BIN)/python -m scripts.k8s $(OVERLAY) --render

k8s-docs: .venv/dev ## Write docs/k8s-connections.md from the rendered manifests
	@$(BIN)/python -m scripts.k8s --docs

##@ Load
.PHONY: load bench capacity drill restore-drill upgrade-drill upgrade-postgres overload scorecard
load: .venv-load/loadtest ## Load the bundle and write a report: make load [SHAPE=step] [RATE=50] [BASELINE=…]
	@scripts/load

capacity: .venv-load/loadtest ## Say what the bundle carries and what to set: make capacity [PRICE=0.04] [TARGET=500] [APPLY=1]
	@scripts/capacity

bench: .venv/dev ## Measure the application against its yardsticks: make bench [BENCH="--short --keep"]
	@$(BIN)/python -m scripts.bench $(BENCH)

drill: .venv/dev ## Break each part of a bundle under load: make drill [SEED=1] [FAULTS="Redis,names"] [PAIRS=5] [LEFT=1] [MINUTES=7] [DOCS=1]
	@$(BIN)/python -m tests.drills --seed $(or $(SEED),1) --faults "$(FAULTS)" --pairs $(or $(PAIRS),0) \
		$(if $(MINUTES),--minutes $(MINUTES)) $(if $(LEFT),--left) $(if $(DOCS),--docs)

restore-drill: .venv/dev ## Lose a database of 100,000 articles and bring it back: make restore-drill [POSTS=100000] [DOCS=1]
	@$(BIN)/python -m tests.drills.restoring --posts $(or $(POSTS),100000) $(if $(DOCS),--docs)

upgrade-drill: .venv/dev ## Bring this release, the one before and this one again under load: make upgrade-drill [FROM=v1] [DOCS=1]
	@$(BIN)/python -m tests.drills.upgrading --from "$(FROM)" $(if $(DOCS),--docs)

upgrade-postgres: ## Lead the database to the newer PostgreSQL of a release: make upgrade-postgres TAG=v2
	@scripts/upgrade-postgres

overload: .venv/dev ## Ask a bundle for up to five times what it can serve: make overload [DOCS=1]
	@$(BIN)/python -m tests.drills.overload $(if $(DOCS),--docs)

scorecard: .venv/dev ## Write docs/scorecard.md and build/scorecard.html from the newest figures
	@$(BIN)/python -m scripts.scorecard

##@ Check
test: lint .venv-load/loadtest .venv-scan/scan ## Check everything that this machine can run
	@scripts/test

rehearsal: .venv/dev ## Make a release in a fresh clone, verify it, and install it with nothing to download
	@$(BIN)/pytest -m slow tests/stack/test_archive.py tests/stack/test_whole_release.py

.PHONY: postgres-rehearsal bucket-rehearsal
bucket-rehearsal: .venv/dev ## Lose a whole bundle and bring it back from a bucket (minutes)
	@$(BIN)/pytest -s -m slow tests/stack/test_backup_bucket.py

postgres-rehearsal: .venv/dev ## Lead a bundle to the PostgreSQL of Debian's coming release, and fail to (minutes)
	@$(BIN)/pytest -s -m slow tests/stack/test_upgrade_postgres.py

alarms: .venv/dev ## Make every alert that wakes somebody fire by its cause, and end (minutes)
	@$(BIN)/pytest -m slow tests/stack/test_alerts_fire.py

rolling: .venv/dev ## Deploy, roll back, reload and change the certificate under load: make rolling [REQUESTS=100000]
	@REQUESTS=$(or $(REQUESTS),100000) $(BIN)/pytest -s -m slow tests/stack/test_rolling.py

.PHONY: sqlmap licences
sqlmap: .venv/dev ## Let sqlmap try every parameter of every route, on PostgreSQL (minutes)
	@IRONPRESS_FIGURES=1 $(BIN)/pytest -m slow tests/attack/test_sqlmap.py && $(BIN)/python -m scripts.attacks --figures

lint: .venv/dev ## Check style, types, templates, scripts and the direction of imports
	@scripts/lint

fuzz: .venv/dev ## Throw 10,000 generated requests at the API, on SQLite and on PostgreSQL
	@$(BIN)/python -m scripts.fuzz_api

soak-recycles: .venv/dev ## Replace workers under load, watch the metrics: make soak-recycles [N=20000]
	@$(BIN)/python -m scripts.soak_recycles $(N)

mixed: .venv/dev ## Mix 100,000 requests of two users and a reader: nobody may see another's page
	@IRONPRESS_MIXED_REQUESTS=100000 $(BIN)/pytest tests/stack/test_privacy.py

.PHONY: attack
attack: .venv/dev ## Attack the running bundle in full, with 10,000 poisoned requests (a quarter of an hour)
	@IRONPRESS_FIGURES=1 IRONPRESS_POISONS=10000 IRONPRESS_BENIGN=10000 $(BIN)/pytest -m "slow or not slow" \
		tests/attack/stack tests/attack/test_login_times.py
	@$(BIN)/python -m scripts.attacks --figures

format: .venv/dev ## Rewrite Python files and templates in the project's style
	@$(BIN)/ruff check --quiet --fix . && $(BIN)/ruff format --quiet .

##@ Generate
settings: .venv/dev ## Write .env.example and docs/settings.md from app/config.py
	@$(BIN)/python -m scripts.settings

metrics: .venv/dev ## Write the tables of docs/observability.md from app/metrics.py
	@$(BIN)/python -m scripts.metrics

asvs: .venv/dev ## Write docs/asvs.md from docs/asvs.csv
	@$(BIN)/python -m scripts.asvs

attacks: .venv/dev ## Write the tables of docs/attacks.md from tests/attack
	@$(BIN)/python -m scripts.attacks

licences: .venv/dev ## Write docs/licences.md from the packages of the application's image
	@$(BIN)/python -m scripts.licences

slo: .venv/dev ## Make rules, alerts and the dashboards of deploy/slo.yaml
	@$(BIN)/python -m scripts.slo

translations: .venv/dev ## Collect the texts of the pages and compile the catalogues
	@$(BIN)/python -m scripts.translations

lock: .venv/dev ## Pin the newest versions of all dependencies, by hash
	@scripts/lock --upgrade

##@ Clean
clean: ## Remove what was built, the virtual environment included
	@rm -rf .venv .venv-load .venv-scan build .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/runtime: requirements/runtime.txt scripts/venv
	@scripts/venv requirements/runtime.txt $@

.venv/dev: requirements/dev.txt scripts/venv
	@scripts/venv requirements/dev.txt $@

.venv-load/loadtest: requirements/loadtest.txt scripts/venv
	@scripts/venv requirements/loadtest.txt $@

.venv-scan/scan: requirements/scan.txt scripts/venv
	@scripts/venv requirements/scan.txt $@
