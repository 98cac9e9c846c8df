module example.org/penguins/service

go 1.26.0

toolchain go1.26.8

require github.com/yuin/goldmark v1.7.13
