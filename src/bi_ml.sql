-- bi_ml: the first part of the installation script; the Makefile appends the capabilities in their order.
\echo Use "CREATE EXTENSION bi_ml" to load this file. \quit
