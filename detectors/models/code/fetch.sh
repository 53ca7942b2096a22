#!/bin/sh
# Source code to train on, from package registries: fetch.sh FOLDER
# Only packages under permissive licences; CARD.md lists them.
set -eu
folder=$(realpath -m "$1")
mkdir -p "$folder/debian" "$folder/npm" "$folder/python" "$folder/fetched"
cd "$folder/fetched"

for package in \
    agda-stdlib bats cl-alexandria cl-closer-mop cl-ironclad cl-ppcre cmake-data coffeescript \
    crystal dafny elixir erlang-src glslang-tools golang-1.19-src groovy haxe kotlin \
    libdancer2-perl libjs-bootstrap libmojolicious-perl libmoose-perl \
    libphobos2-ldc-shared-dev libruby3.1 libsmlnj-smlnj libstd-rust-dev \
    lua-penlight lua-posix minizinc nasm nim node-typescript opencl-headers pgtap \
    php-symfony-console php-twig puppet-module-puppetlabs-apache \
    puppet-module-puppetlabs-stdlib python3-django racket-common raku-zef rakudo rust-src \
    sbcl-source scala scala-library smlnj swi-prolog-nox tcl8.6 tcllib vim-runtime yasm yosys \
    zsh-common \
    ghc-doc libbase-ocaml-dev libfmt-ocaml-dev libcmdliner-ocaml-dev \
    libastring-ocaml-dev liblogs-ocaml-dev \
    octave-matgeom octave-jsonlab runawk ghdl-common elpa-rust-mode \
    elpa-go-mode r-cran-tidyr r-cran-testthat \
    r-cran-rlang libring-core-clojure \
    postgresql-15 libprotobuf-dev golang-etcd-server-dev lua-lpeg-dev php-guzzlehttp-psr7 php-monolog php-nikic-fast-route libtext-csv-perl \
    libjs-prettify python3-doc libpython3.11-testsuite ruby-rouge \
    nginx-common apache2 openssh-server unbound lighttpd redis-server tor varnish supervisor prometheus containerd \
    docker.io cups-daemon sudo opensmtpd nsd etcd-server i3-wm sway dunst tomcat10 jetty9 zookeeper slapd openntpd \
    snmpd ntpsec foot waybar activemq prosody pgbouncer pgpool2 maven libapache2-mod-security2 modsecurity-crs \
    fontconfig-config
do
    [ -e "$folder/debian/$package" ] && continue
    apt-get download -qq "$package" >/dev/null 2>&1 || { echo "no $package" >&2; continue; }
    dpkg -x "$package"_*.deb "$folder/debian/$package"
    rm -f "$package"_*.deb
    find "$folder/debian/$package" -name "*.jar" -execdir unzip -qon {} "*.clj" \; >/dev/null 2>&1 || true
done

for package in \
    ace-builds @sasjs/core react-native-windows@0.74.0 three codemirror@5 flowbite-svelte \
    carbon-components-svelte elm-pages elm-test elm-review solady \
    @capacitor/ios @capacitor/android fable-elmish fable-powerpack \
    @salesforce/templates edge-js vuetify element-plus lodash react-native \
    cordova-plugin-camera graphql-ws @octokit/graphql-schema tree-sitter-haskell \
    tree-sitter-julia tree-sitter-ocaml bootstrap bulma normalize.css \
    rxjs zod axios commander ajv yargs moment joi @types/node @vueuse/core \
    katex pug handlebars @cucumber/cucumber latex.js mathjax-full shiki tm-grammars highlight.js \
    prismjs @codemirror/legacy-modes hardhat svelte @sveltejs/kit \
    @babel/core jquery d3 chart.js \
    vega-datasets@2 fastify koa winston pino knex typeorm sequelize mongoose mongodb redis ioredis bullmq \
    kafkajs async immutable ramda mobx redux effect fp-ts io-ts yup superstruct ws socket.io undici got \
    execa zx eslint webpack rollup vite prettier mocha ava jest-cli lit preact vue solid-js htmx.org \
    alpinejs pixi.js puppeteer-core playwright-core jsdom cheerio marked markdown-it remark showdown \
    turndown nunjucks mustache textlint alasql danfojs tabulator-tables ag-grid-community papaparse \
    csv-parse cli-table3 table markdown-table inquirer boxen chalk date-fns dayjs luxon graphql prisma \
    primevue@3 hubot@2 hubot-scripts
do
    name=$(echo "$package" | tr -d @/)
    [ -e "$folder/npm/$name" ] && continue
    archive=$(npm pack --silent "$package" 2>/dev/null | tail -1) || { echo "no $package" >&2; continue; }
    mkdir -p "$folder/npm/$name"
    tar xzf "$archive" -C "$folder/npm/$name" 2>/dev/null || true
    rm -f "$archive"
done

for package in \
    pygments cocotb pythonnet saspy python-hcl2 sqlglot fparser f90nml wasmtime jq \
    sqlfluff oracledb ziglang:wheel numpy:wheel TexSoup arxiv-latex-cleaner pylatexenc \
    latex2mathml sphinx drain3 cmdstanpy vyper gherkin-official behave robotframework jinja2 mako \
    zstandard pycparser lark:wheel textx:wheel nbconvert:wheel matplotlib-venn scikit-rf \
    edalize:wheel fusesoc:wheel amaranth:wheel pyverilog:wheel \
    siliconcompiler:wheel sympy:wheel statsmodels:wheel scipy:wheel \
    aiohttp altair attrs black botorch celery click cvxpy dask emcee fabric falcon flanker geomstats \
    gpt-engineer gpytorch guidance ipython jupyter_client lmfit mail-parser marshmallow mkdocs-material \
    mpmath netutils networkx peewee prettytable pydantic pymc pyramid requests rich scikit-learn:wheel \
    scrapy sqlalchemy starlette tabulate textual tornado trio twisted typer uncertainties urllib3 \
    vega_datasets:wheel xarray 'insights-core<3.1'
do
    name=${package%%[:=<]*}
    [ -e "$folder/python/$name" ] && continue
    case $package in
        *:wheel) pip download -q --no-deps "$name" >&2 || continue ;;
        *) pip download -q --no-deps --no-binary "$name" "$package" >/dev/null 2>&1 \
            || { echo "no $package" >&2; continue; } ;;
    esac
    mkdir -p "$folder/python/$name"
    for archive in *.tar.gz; do [ -e "$archive" ] && tar xzf "$archive" -C "$folder/python/$name"; done
    for archive in *.whl *.zip; do [ -e "$archive" ] && unzip -qo "$archive" -d "$folder/python/$name"; done
    rm -f ./*.tar.gz ./*.whl ./*.zip
done
find "$folder/python/jq" -name "jq-*.tar.gz" -execdir tar xzf {} \;

# Sources of Debian packages whose binaries hold no source code.
lists="$folder/apt"
mkdir -p "$lists/lists/partial"
echo "deb-src http://deb.debian.org/debian bookworm main" > "$lists/sources.list"
options="-o Dir::Etc::sourcelist=$lists/sources.list -o Dir::Etc::sourceparts=/dev/null"
options="$options -o Dir::State::lists=$lists/lists"
# shellcheck disable=SC2086
apt-get $options update -qq
for package in thrift flatbuffers elixir-lang groovy yosys antlr4 gradle jc postgresql-15 libffi musl libvpx \
    libjpeg-turbo pixman scheme48 swi-prolog jimtcl
do
    [ -e "$folder/debian/$package-src" ] && continue
    # shellcheck disable=SC2086
    apt-get $options source -qq --tar-only --download-only "$package" >/dev/null || continue
    mkdir -p "$folder/debian/$package-src"
    tar xf "$package"_*.orig.tar.?z* -C "$folder/debian/$package-src"
    rm -f "$package"_*
done
