module anyvenue.example/webctp

go 1.19
