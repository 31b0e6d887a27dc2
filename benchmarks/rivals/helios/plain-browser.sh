#!/bin/bash
# The browser without the three flags that make the npm renderer hang on pages without a canvas.
arguments=()
for argument in "$@"; do
    case $argument in
        --single-process | --enable-begin-frame-control | --run-all-compositor-stages-before-draw) ;;
        *) arguments+=("$argument") ;;
    esac
done
exec "$RIVAL_BROWSER" "${arguments[@]}"
