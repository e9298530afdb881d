// Of prom-client what the program uses: no metrics of the process, which bring OpenTelemetry, and no gateway.
exports.Counter = require('prom-client/lib/counter.js');
exports.Gauge = require('prom-client/lib/gauge.js');
exports.Histogram = require('prom-client/lib/histogram.js');
exports.Registry = require('prom-client/lib/registry.js');
