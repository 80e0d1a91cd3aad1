# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of pinhole(1) for bash.

# What follows each command: its subcommands, or the options of one that has none.
_pinhole_words() {
  case $1 in
    '') echo 'catalogue check dump firewall lab map plan probe registry serve service trace verify' ;;
    catalogue) echo 'services interfaces ports' ;;
    catalogue\ *) echo '--product --format --data' ;;
    check) echo '--product --against --server --format --data' ;;
    dump) echo '--format --interface --ping --timeout --from --save --diff' ;;
    firewall) echo 'compile prove diff explain exposure apply confirm status remove' ;;
    firewall\ compile) echo '--device --to --output --undo --format --data' ;;
    firewall\ prove)
      echo '--rules --live --plan --device --by-address --from --to --dialect --format --data'
      ;;
    firewall\ apply) echo '--device --confirm-within --state --format --data' ;;
    firewall\ status) echo '--state --format' ;;
    firewall\ confirm | firewall\ remove) echo '--state' ;;
    firewall\ *) echo '--dialect --format' ;;
    lab) echo 'up apply verify down status exec' ;;
    lab\ up) echo '--topology --name --state --dynamic --format --data' ;;
    lab\ apply) echo '--state --data' ;;
    lab\ verify) echo '--html --state --data' ;;
    lab\ status) echo '--state --format' ;;
    lab\ *) echo '--state' ;;
    map) echo '--format --sequence --timeout' ;;
    plan) echo '--output --apply-hive --force --format --data' ;;
    probe) echo '--service --all --list --interface --domain --timeout --within --format' ;;
    registry) echo 'get set delete list import export diff backup restore' ;;
    registry\ set) echo '--registry --type --data --force' ;;
    registry\ delete | registry\ import) echo '--registry --force' ;;
    registry\ export) echo '--registry --for-hive --dialect --output' ;;
    registry\ get | registry\ list) echo '--registry --format' ;;
    registry\ diff) echo '--format' ;;
    registry\ backup | registry\ restore) echo '--registry' ;;
    serve)
      echo '--product --registry --role --plan --server --listen --epm-port --epm-http-port' \
        '--config-dir --data --state --foreground --set --threads --user --mapper-uid'
      ;;
    service) echo 'list status start stop restart' ;;
    service\ restart) echo '--computer --state --format' ;;
    service\ *) echo '--state --format' ;;
    trace) echo '--interface --for --plan --suggest --product --all --format --data' ;;
    verify) echo '--from --as --registry --excess --rate --timeout --format --html --watch --data' ;;
  esac
}

# The values of an option; nothing where it takes a file, so that bash offers files.
_pinhole_values() {
  case $1 in
    --product)
      echo 'exchange-4.0 exchange-4.0-sp4 exchange-5.0 exchange-5.5 exchange-2000 exchange-2003' \
        'exchange-2007 exchange-2010 exchange-2010-sp1'
      ;;
    --format)
      case $2 in
        dump) echo 'table json rpcdump' ;;
        verify) echo 'table json junit sarif' ;;
        *) echo 'table json' ;;
      esac
      ;;
    --excess) echo 'all' ;;
    --sequence) echo 'ncacn_ip_tcp ncacn_http' ;;
    --dialect)
      if [[ $2 == firewall* ]]; then
        echo 'nftables nftables-json iptables windows-firewall windows-firewall-json cisco-asa' \
          'cisco-ios firewalld pf junos-srx pan-os fortios azure-nsg aws-security-groups'
      else
        echo '5.00 REGEDIT4'
      fi
      ;;
    --to)
      if [[ $2 == 'firewall compile' ]]; then
        echo 'nftables iptables windows-firewall cisco-asa cisco-ios firewalld pf junos-srx pan-os' \
          'fortios azure-nsg aws-security-groups'
      fi
      ;;
    --type) echo 'REG_DWORD REG_SZ REG_EXPAND_SZ REG_MULTI_SZ REG_BINARY REG_QWORD' ;;
  esac
}

_pinhole() {
  local current=${COMP_WORDS[COMP_CWORD]} previous='' command='' word index
  if ((COMP_CWORD > 1)); then
    previous=${COMP_WORDS[COMP_CWORD - 1]}
  fi
  for ((index = 1; index < COMP_CWORD; ++index)); do
    word=${COMP_WORDS[index]}
    if [[ " $(_pinhole_words "$command") " == *" $word "* && $word != -* ]]; then
      command=${command:+$command }$word
    fi
  done
  local words
  words=$(_pinhole_values "$previous" "$command")
  if [[ -z $words ]]; then
    case $previous in
      --registry | --from | --against | --config-dir | --state | --data | --output | --rules | --plan | --html | --topology | --suggest) return ;;
    esac
    words="$(_pinhole_words "$command") --help"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -o default -F _pinhole pinhole
